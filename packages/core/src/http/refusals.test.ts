import { describe, expect, it } from "@jest/globals";
import { post, streamed } from "../../test/requests.ts";
import { BASE, createServer, PAID, type Server } from "../../test/server.ts";
import { idle } from "../testing/manual-clock.ts";

type Refused = Promise<readonly [status: number, reason: string, providerName?: string]>;

/** What was counted, and each line of the log without the remedy's text. */
function traces({ harness }: Server) {
  const lines = harness.logger.lines.filter(({ message }) => message === "Callbacks were not acknowledged.");
  return {
    counted: harness.context.refusals.counts(),
    logged: lines.map(({ fields: { remedy, ...fields } = {} }) => ({ ...fields, hasRemedy: remedy !== undefined })),
  };
}

const CASES: readonly (readonly [string, (server: Server) => Refused])[] = [
  [
    "at an address of no provider",
    async ({ handle }) => [(await handle(post(`${BASE}/callbacks/nobody`))).status, "unknown_address"],
  ],
  [
    "at the address of callbacks alone",
    async ({ handle }) => [(await handle(post(`${BASE}/callbacks`))).status, "unknown_address"],
  ],
  ...["callback", "Callbacks", "CALLBACK"].map(
    (word) =>
      [
        `at a provider's address, misspelled with ${word}`,
        async ({ addresses, handle }: Server) => [
          (await handle(post(addresses.cards.replace("callbacks", word), PAID))).status,
          "unknown_address",
          "cards",
        ],
      ] as [string, (server: Server) => Refused],
  ),
  [
    "at a forged address",
    async ({ addresses, handle }) => [(await handle(post(`${addresses.first}x`))).status, "unknown_address", "own"],
  ],
  [
    "by another method",
    async ({ addresses, handle }) => [(await handle(new Request(addresses.cards))).status, "wrong_method", "cards"],
  ],
  [
    "with too large a body",
    async ({ addresses, handle }) => [
      (await handle(post(addresses.cards, "x".repeat(65 * 1024)))).status,
      "body_too_large",
      "cards",
    ],
  ],
  [
    "with a body that does not come",
    async ({ addresses, handle, harness }) => {
      const answering = handle(streamed(addresses.first).request);
      await harness.clock.advance(10_000);
      return [(await answering).status, "body_too_slow", "own"];
    },
  ],
  [
    "with a body that breaks off",
    async ({ addresses, handle }) => {
      const { breakOff, request } = streamed(addresses.first);
      const answering = handle(request);
      await idle();
      breakOff();
      return [(await answering).status, "body_broken_off", "own"];
    },
  ],
  [
    "in an unknown compression",
    async ({ addresses, handle }) => {
      const headers = { "content-encoding": "zstd" };
      const body = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0);
      return [(await handle(post(addresses.cards, body, { headers }))).status, "body_encoding", "cards"];
    },
  ],
  [
    "that is not authentic",
    async ({ addresses, cards, handle }) => {
      cards.onReceive = () => ({ kind: "refused", reason: "unauthenticated", detail: "no" });
      return [(await handle(post(addresses.cards))).status, "unauthenticated", "cards"];
    },
  ],
  [
    "without proof about which the gateway does not answer",
    async ({ addresses, cards, handle, payments }) => {
      const callback = { ...cards.traits.callback, authentication: ["verify-by-retrieve"] };
      const retrieve = () => Promise.reject(new Error("HTTP 500"));
      Object.assign(cards, { traits: { ...cards.traits, callback }, retrieve });
      const { providerReference } = payments.third;
      return [(await handle(post(addresses.cards, { ...PAID, providerReference }))).status, "not_verified", "cards"];
    },
  ],
  [
    "without proof about no payment of the account",
    async ({ addresses, cards, handle }) => {
      const callback = { ...cards.traits.callback, authentication: ["verify-by-retrieve"] };
      Object.assign(cards, { traits: { ...cards.traits, callback }, retrieve: async () => ({ status: "pending" }) });
      const about = { ...PAID, providerReference: "NOBODY" };
      return [(await handle(post(addresses.cards, about))).status, "unknown_payment", "cards"];
    },
  ],
  [
    "that is malformed",
    async ({ addresses, handle }) => [(await handle(post(addresses.cards, "{"))).status, "malformed", "cards"],
  ],
  [
    "that cannot be stored",
    async ({ addresses, handle, harness }) => {
      harness.store.update = async () => {
        throw new Error("the disk is full");
      };
      return [(await handle(post(addresses.first, PAID))).status, "not_stored", "own"];
    },
  ],
  [
    "on which the adapter fails",
    async ({ addresses, cards, handle }) => {
      cards.onReceive = () => {
        throw new Error("no");
      };
      return [(await handle(post(addresses.cards))).status, "adapter_failed", "cards"];
    },
  ],
  [
    "on whose reply the adapter fails",
    async ({ addresses, cards, handle }) => {
      cards.onReply = () => ({ status: 99, body: "" });
      return [(await handle(post(addresses.cards, PAID))).status, "adapter_failed", "cards"];
    },
  ],
];

describe("a callback", () => {
  it.each(CASES)("%s is counted and logged, with a remedy", async (_, refuse) => {
    const server = await createServer();
    const [status, reason, providerName] = await refuse(server);
    const refused = { ...(providerName !== undefined && { providerName }), status, reason, count: 1 };
    expect(traces(server)).toEqual({ counted: [refused], logged: [{ ...refused, hasRemedy: true }] });
  });

  it("before start() or after close() is counted and logged, with a remedy", async () => {
    const server = await createServer({ running: false });
    const { status } = await server.handle(post(server.addresses.cards, PAID));
    const refused = { providerName: "cards", status: 503, reason: "not_running", count: 1 };
    expect([status, traces(server)]).toEqual([503, { counted: [refused], logged: [{ ...refused, hasRemedy: true }] }]);
  });

  it("that is acknowledged is neither", async () => {
    const server = await createServer();
    for (let copy = 0; copy < 2; copy++) {
      expect((await server.handle(post(server.addresses.first, PAID))).status).toBe(200);
    }
    expect(traces(server)).toEqual({ counted: [], logged: [] });
  });

  it("and a flood of its like make one line a minute, while all are counted", async () => {
    const server = await createServer();
    const flood = async () => {
      for (let count = 0; count < 1_000; count++) await server.handle(new Request(server.addresses.cards));
    };
    await flood();
    expect(traces(server)).toMatchObject({ counted: [{ count: 1_000 }], logged: [{ count: 1 }] });
    await server.harness.clock.advance(60_000);
    await flood();
    expect(traces(server)).toMatchObject({ counted: [{ count: 2_000 }], logged: [{ count: 1 }, { count: 1_000 }] });
  });

  it("is logged also after the clock was set back", async () => {
    const server = await createServer();
    const refuse = () => server.handle(new Request(server.addresses.cards));
    await refuse();
    server.harness.clock.step(-6 * 60 * 60 * 1000);
    await server.harness.clock.advance(60_000);
    await refuse();
    expect(traces(server).logged).toHaveLength(2);
  });

  it.each<[string, number, (server: Server) => string]>([
    [
      "the adapter fails on it",
      503,
      ({ addresses, cards }) => {
        cards.onReceive = () => {
          throw new TypeError("no");
        };
        return addresses.cards;
      },
    ],
    [
      "the adapter makes a bad reply to it",
      500,
      ({ addresses, cards }) => {
        cards.onReply = () => ({ status: 99, body: "" });
        return addresses.cards;
      },
    ],
    [
      "it cannot be stored",
      503,
      ({ addresses, harness }) => {
        harness.store.update = () => Promise.reject(new TypeError("no"));
        return addresses.first;
      },
    ],
  ])("and a flood of its like make two lines a minute, one with the error, where %s", async (_, status, arrange) => {
    const server = await createServer();
    const address = arrange(server);
    for (let count = 0; count < 100; count++) expect((await server.handle(post(address, PAID))).status).toBe(status);
    const lines = server.harness.logger.lines.map(({ level, fields }) => `${level} ${fields?.error ?? ""}`);
    expect(lines.sort()).toEqual(["error TypeError", "warn "]);
  });

  it("cannot have the log or the counts grow by what it says", async () => {
    const server = await createServer();
    for (let count = 0; count < 100; count++) {
      await server.handle(post(`${BASE}/callbacks/guess-${count}`));
      await server.handle(post(`${BASE}/callbacks/cards/${count}/x?y=${count}`, `{"z":${count}`));
      await server.handle(new Request(`${BASE}/callbacks/cards`, { method: `M${count}` }));
    }
    expect(traces(server).counted.map(({ count }) => count)).toEqual([100, 100, 100]);
  });
});

describe("a body that a body parser read first", () => {
  it.each<[string, (address: string) => Request | Promise<Request>]>([
    [
      "all of it",
      async (address) => {
        const request = post(address, PAID);
        await request.json();
        return request;
      },
    ],
    [
      "a part of it",
      async (address) => {
        const request = post(address, PAID);
        await request.body?.cancel();
        return request;
      },
    ],
    [
      "and still holds it",
      (address) => {
        const request = post(address, PAID);
        request.body?.getReader();
        return request;
      },
    ],
    [
      "and left out of a request of its own",
      (address) => new Request(address, { method: "POST", headers: { "content-length": "22" } }),
    ],
  ])("(%s) is the operator's mistake: 5xx, and a line that names the remedy", async (_, read) => {
    const server = await createServer();
    const response = await server.handle(await read(server.addresses.first));
    expect([response.status, await response.text()]).toEqual([500, "Internal error"]);
    expect(server.isUntouched()).toBe(true);
    const [line] = server.harness.logger.lines;
    expect(line).toMatchObject({ level: "warn", fields: { reason: "body_already_read", providerName: "own" } });
    expect(line?.fields?.remedy).toMatch(/body parser, such as express\.json\(\).*mount Pay's handler before it/);
  });
});

describe("a callback whose path was changed on the way", () => {
  const moved = (address: string, base: string) => address.replace("/pay/", base);

  it.each(["/", "/shop/", "/pay/pay/"])(
    "to begin with %s is the operator's mistake if its address is proved",
    async (base) => {
      const server = await createServer();
      const response = await server.handle(post(moved(server.addresses.first, base), PAID));
      expect(response.status).toBe(500);
      expect(traces(server).counted).toEqual([
        { providerName: "own", status: 500, reason: "wrong_base_path", count: 1 },
      ]);
      expect(server.harness.logger.lines[0]?.fields?.remedy).toMatch(/app\.use\(handler\)/);
      expect(server.isUntouched()).toBe(true);
    },
  );

  it("is 404 if anybody could have guessed its address, and the log names the remedy", async () => {
    const server = await createServer();
    expect((await server.handle(post(moved(server.addresses.cards, "/"), PAID))).status).toBe(404);
    expect((await server.handle(post(`${moved(server.addresses.first, "/")}x`, PAID))).status).toBe(404);
    expect(traces(server)).toMatchObject({
      counted: [{ reason: "wrong_base_path" }, { reason: "unknown_address" }],
      logged: [{ hasRemedy: true }, { hasRemedy: true }],
    });
  });
});
