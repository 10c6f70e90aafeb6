import { describe, expect, it, jest } from "@jest/globals";
import { testRuns } from "../../../../test/support/runs.ts";
import { seededRandom } from "../../../../test/support/seeded-random.ts";
import { SECRET } from "../../test/harness.ts";
import { post, wholeOf } from "../../test/requests.ts";
import { BASE, createServer, notFound, OLD_SECRET, PAID, type Server } from "../../test/server.ts";
import type { PaymentId } from "../model/ids.ts";
import { callbackToken } from "../security/callback-tokens.ts";
import { createKeyring } from "../security/keyring.ts";
import { createFetch } from "./fetch.ts";
import { createHandle } from "./routes.ts";

const percentEncoded = (character: string) => `%${character.charCodeAt(0).toString(16)}`;

// For the long mode.
jest.setTimeout(600_000);

describe("a payment's own address", () => {
  const parts = (address: string) => {
    const [, , , , , providerName, id, token] = address.split("/");
    const [kid, mac] = token!.split(".");
    return { providerName: providerName!, id: id as PaymentId, kid: kid!, mac: mac!, token: token! };
  };
  const at = (providerName: string, id: string, token: string) => `${BASE}/callbacks/${providerName}/${id}/${token}`;
  const otherKey = createKeyring("some other secret that is long enough").current;

  const FORGED: readonly (readonly [string, (server: Server) => string])[] = [
    ["another payment's token", ({ addresses }) => at("own", parts(addresses.first).id, parts(addresses.second).token)],
    [
      "the token of another configured name",
      ({ addresses, harness }) => {
        const { id } = parts(addresses.first);
        return at("own", id, callbackToken(harness.context.keyring.current, "other", id));
      },
    ],
    [
      "another configured name before it",
      ({ addresses }) => at("other", parts(addresses.first).id, parts(addresses.first).token),
    ],
    [
      "a key of somebody else",
      ({ addresses }) =>
        at("own", parts(addresses.first).id, callbackToken(otherKey, "own", parts(addresses.first).id)),
    ],
    [
      "a key of somebody else under our key's name",
      ({ addresses }) => {
        const { id, kid } = parts(addresses.first);
        return at("own", id, `${kid}.${callbackToken(otherKey, "own", id).split(".")[1]}`);
      },
    ],
    ["no token", ({ addresses }) => `${BASE}/callbacks/own/${parts(addresses.first).id}`],
    ["an empty token", ({ addresses }) => at("own", parts(addresses.first).id, "")],
    ["a key's name alone", ({ addresses }) => at("own", parts(addresses.first).id, parts(addresses.first).kid)],
    ["a MAC alone", ({ addresses }) => at("own", parts(addresses.first).id, parts(addresses.first).mac)],
    ["an empty MAC", ({ addresses }) => at("own", parts(addresses.first).id, `${parts(addresses.first).kid}.`)],
    ["a truncated MAC", ({ addresses }) => addresses.first.slice(0, -1)],
    ["an over-long MAC", ({ addresses }) => `${addresses.first}A`],
    ["an endless MAC", ({ addresses }) => `${addresses.first}${"A".repeat(8000)}`],
    ["a padded MAC", ({ addresses }) => `${addresses.first}=`],
    ["something after it", ({ addresses }) => `${addresses.first}/x`],
    [
      "a payment id in capitals",
      ({ addresses }) => addresses.first.replace(parts(addresses.first).id, (id) => id.toUpperCase()),
    ],
    ["no payment id", ({ addresses }) => at("own", "pay_", parts(addresses.first).token)],
    ["a path out of it", ({ addresses }) => at("own", "..%2f..%2fhealth", parts(addresses.first).token)],
    [
      "a token at a fixed address",
      ({ addresses }) => at("cards", parts(addresses.first).id, parts(addresses.first).token),
    ],
  ];

  it.each(FORGED)("is not reached with %s", async (_, forge) => {
    const server = await createServer();
    const response = await server.handle(post(forge(server), PAID));
    expect(response.status).toBe(404);
    expect(await wholeOf(response)).toBe(await notFound(server));
    expect(server.isUntouched()).toBe(true);
  });

  it.each<[string, (address: string) => string]>([
    ["a final slash", (address) => `${address}/`],
    ["a final slash before the query", (address) => `${address}/?x=1`],
    ["doubled slashes", (address) => address.replace(/(?<!:)\//g, "//")],
    ["a percent-encoded dot", (address) => address.replace(/\.(?=[^.]*$)/, "%2e")],
    ["a percent-encoded path", (address) => address.replace(/[a-z_.-](?=[^/]*$)/g, percentEncoded)],
  ])("is reached with %s", async (_, spell) => {
    const server = await createServer();
    expect((await server.handle(post(spell(server.addresses.first), PAID))).status).toBe(200);
    expect((await server.harness.record(server.payments.first.id)).payment.state).toBe("succeeded");
  });

  it("is reached whatever stands behind a #, which is no part of it", async () => {
    const server = await createServer();
    expect((await server.handle(post(`${server.addresses.first}#?x=1/y`, PAID))).status).toBe(200);
  });

  it("is not reached with one character changed, at any place", async () => {
    const server = await createServer();
    const expected = await notFound(server);
    const { id, token } = parts(server.addresses.first);
    const whole = `${id}/${token}`;
    for (let index = 0; index < whole.length; index++) {
      for (const put of ["0", "1", "z", "A", "_", "-"]) {
        if (whole[index] === put || whole[index] === "/") continue;
        const changed = whole.slice(0, index) + put + whole.slice(index + 1);
        expect(await wholeOf(await server.handle(post(`${BASE}/callbacks/own/${changed}`, PAID)))).toBe(expected);
      }
    }
    expect(server.isUntouched()).toBe(true);
  });

  it("stays good while its key is only the second one, and no longer", async () => {
    const before = await createServer({ secret: OLD_SECRET });
    const keyring = (secret: readonly string[]) => ({
      ...before.harness.context,
      keyring: createKeyring(secret),
      basePath: "/pay",
      isRunning: () => true,
    });
    const removed = await createFetch(createHandle(keyring([SECRET])))(post(before.addresses.first, PAID));
    expect(await wholeOf(removed)).toBe(await notFound(before));
    expect(before.isUntouched()).toBe(true);
    const rotated = await createFetch(createHandle(keyring([SECRET, OLD_SECRET])))(post(before.addresses.first, PAID));
    expect(rotated.status).toBe(200);
  });

  it("is not guessed: forged tokens read and write nothing and all look the same", async () => {
    const server = await createServer();
    const expected = await notFound(server);
    const random = seededRandom(7);
    const { id, kid } = parts(server.addresses.first);
    for (let run = 0; run < Math.max(10_000, 10 * testRuns()); run++) {
      const mac = Buffer.from(random(32)).toString("base64url");
      const name = run % 2 === 0 ? kid : Buffer.from(random(4)).toString("hex");
      const response = await server.handle(post(at("own", id, `${name}.${mac}`), PAID));
      if (run % 100 === 0) expect(await wholeOf(response)).toBe(expected);
      else expect(response.status).toBe(404);
    }
    expect(server.isUntouched()).toBe(true);
    // The clock stood still, so one line counts them all. It contains no part of an address.
    expect(server.harness.logger.lines).toEqual([
      expect.objectContaining({ level: "warn", fields: { count: 1, basePath: "/pay" } }),
      expect.objectContaining({
        level: "warn",
        fields: expect.objectContaining({ providerName: "own", status: 404, reason: "unknown_address", count: 1 }),
      }),
    ]);
  });

  it("tells the operator of unknown addresses once a minute, with their number", async () => {
    const server = await createServer();
    const stray = () => server.handle(post(at("own", "pay_nope", "x"), PAID));
    for (let count = 0; count < 5; count++) await stray();
    await server.harness.clock.advance(60_000);
    await stray();
    expect(server.harness.logger.lines.map(({ fields }) => fields?.count)).toEqual([1, 5]);
  });
});
