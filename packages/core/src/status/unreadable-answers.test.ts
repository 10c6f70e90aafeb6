import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createHarness } from "../../test/harness.ts";
import { loadHttp, send } from "../adapter-kit/http.ts";
import type { Retrieved } from "../contract/provider.ts";
import { money } from "../model/money.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { refreshFromProvider } from "./refresh.ts";
import { sweep } from "./sweep.ts";

const HOUR = 3_600_000;

let server: Server;
let address: string;
let answer: { readonly status: number; readonly body: string };

beforeAll(async () => {
  await loadHttp();
  server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
  await once(server.listen(0, "127.0.0.1"), "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(() => void server.close());

/** An adapter that reads as many adapters do: what it cannot read, it throws. */
function shop() {
  const cards = fakeProvider({
    traits: { privateFields: ["payer"] },
    can: {
      async retrieve(_, call): Promise<Retrieved> {
        const sent = await send(call, {
          method: "GET",
          url: address,
          read: ({ text }) => {
            const { amount, status } = JSON.parse(text) as { status: "succeeded"; amount: string };
            return { status, amount: money(amount, "PLN") };
          },
        });
        if (sent.kind !== "answered") throw new Error(`The answer of shop 7 with key k3y is ${sent.kind}.`);
        return sent.body;
      },
    },
  });
  return createHarness({ providers: { cards } });
}

async function ask(status: number, body: string) {
  answer = { status, body };
  const harness = shop();
  const { id } = await harness.checkout();
  const outcome = await refreshFromProvider(harness.context, await harness.record(id));
  const [review] = await harness.store.openReviews(10);
  return { harness, id, outcome, review };
}

describe("an answer that an adapter cannot read", () => {
  it.each([
    ["an amount with a tail", '{"status":"succeeded","amount":"323.999999999973"}'],
    ["an amount with a comma", '{"status":"succeeded","amount":"324,00"}'],
    ["an amount with more decimals than there are", '{"status":"succeeded","amount":"19.9900"}'],
    ["a status that the adapter passes on", '{"status":"paid?","amount":"19.99"}'],
    ["another shape", '{"state":{"paid":true}}'],
  ])("is a report for a person, with the gateway's words: %s", async (_, body) => {
    const { harness, id, outcome, review } = await ask(200, body);
    expect(outcome).toMatchObject({ status: "unrecognized" });
    expect(review).toMatchObject({ kind: "unrecognized", paymentId: id, details: { providerStatus: body } });
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("pending");
    // The same words again are the same report.
    expect(await harness.reviews()).toEqual(["unrecognized"]);
  });

  it("shows nothing of the buyer or of the account, and no more than a line", async () => {
    const body = `{"payer":"Jan K","email":"jan@example.com","status":"${"x".repeat(300)}"}`;
    const { harness, id, review } = await ask(200, body);
    expect(review?.details).toMatchObject({ providerStatus: expect.stringMatching(/^\{"payer":"[^J]/) });
    const stored = JSON.stringify([await harness.store.history(id), review, harness.logger.lines]);
    expect(stored).not.toMatch(/Jan|jan@|k3y/);
    expect(JSON.stringify(review?.details).length).toBeLessThan(330);
  });
});

describe("a question without an answer", () => {
  it.each([
    [401, '{"error":"wrong key k3y"}', "HTTP 401"],
    [500, "<html>down</html>", "HTTP 500"],
    [302, "", "HTTP 302"],
    [200, "", "HTTP 200 with an unreadable answer"],
    [200, "<!doctype html><h1>Maintenance</h1>", "HTTP 200 with an unreadable answer"],
  ])("is none where the gateway answers %i with %j, and says why in a code", async (status, body, failure) => {
    const { harness, outcome, review } = await ask(status, body);
    expect(outcome).toEqual({ failure });
    expect(review).toBeUndefined();
    expect(JSON.stringify(harness.logger.lines)).not.toContain("k3y");
  });

  it("says how the connection failed", async () => {
    const harness = shop();
    const { id } = await harness.checkout();
    server.close();
    server.closeAllConnections();
    const outcome = await refreshFromProvider(harness.context, await harness.record(id));
    expect(outcome).toEqual({ failure: expect.stringMatching(/^[A-Z][A-Z_]{2,59}$/) });
  });
});
