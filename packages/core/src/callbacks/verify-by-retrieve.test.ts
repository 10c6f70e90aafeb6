import { describe, expect, it } from "@jest/globals";
import { createHarness } from "../../test/harness.ts";
import type { ParsedCallback, PaymentName, ProviderTraits, Retrieved } from "../contract/provider.ts";
import type { Fact, SideFact } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import type { StatusReport } from "../model/status-report.ts";
import { recordFact } from "../recording/record-fact.ts";
import { createTurns } from "../runtime/ask-in-turn.ts";
import { startStatusCheckLoop } from "../status/run-status-checks.ts";
import { sweep } from "../status/sweep.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle, manualClock, until } from "../testing/manual-clock.ts";

const PAID: StatusReport = { status: "succeeded", providerStatus: "PAID" };
const MINUTE = 60_000;
const READS = new Set(["payment", "paymentByProviderReference"]);

/** A gateway whose callbacks carry no proof of origin, and an open payment whose provider reference is `R-<id>`. */
async function createWithoutProof(
  retrieve: () => Promise<Retrieved> = async () => PAID,
  traits: Partial<Pick<ProviderTraits, "expiresAfterSeconds">> = {},
) {
  const asked: PaymentName[] = [];
  const can = {
    retrieve(payment: PaymentName) {
      asked.push(payment);
      return retrieve();
    },
  };
  const cards = fakeProvider({ traits, callback: { authentication: ["verify-by-retrieve"] }, can });
  const harness = createHarness({ providers: { cards, other: fakeProvider({ merchantAccount: "fake:2" }) } });
  const { id } = await harness.checkout();
  const foreign = await harness.checkout({ providerName: "other", orderId: "order-2" });
  harness.store.calls.length = 0;
  return {
    harness,
    cards,
    asked,
    id,
    foreign,
    sendCallback: (about: Extract<ParsedCallback, { kind: "check_status" }>["about"]) =>
      harness.notify("cards", { kind: "check_status", about }),
    written: () => harness.store.calls.filter((call) => !READS.has(call)),
  };
}

describe("a callback that proves nothing", () => {
  it.each([
    ["its id", (id: string) => ({ paymentId: id as never })],
    ["our reference", (id: string) => ({ merchantReference: id.slice(4) })],
    ["the gateway's name", (id: string) => ({ providerReference: providerReference(`R-${id}`) })],
  ])(
    "has the gateway asked about the open payment it names by %s, and is answered with the result",
    async (_, about) => {
      const { sendCallback, asked, harness, cards, id } = await createWithoutProof();
      expect(await sendCallback(about(id))).toEqual({ status: 200, body: "OK" });
      expect(asked).toMatchObject([{ paymentId: id, providerReference: `R-${id}` }]);
      expect(cards.outcomes).toEqual([
        expect.objectContaining({ kind: "applied", payment: expect.objectContaining({ id, state: "succeeded" }) }),
      ]);
      expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    },
  );

  it("writes nothing before the gateway has answered, and is answered only after the commit", async () => {
    const answer = Promise.withResolvers<StatusReport>();
    const { sendCallback, asked, harness, cards, id, written } = await createWithoutProof(() => answer.promise);
    const commit = harness.store.holdNext("update");
    const replying = sendCallback({ paymentId: id });
    await until(() => asked.length === 1);
    expect(written()).toEqual([]);
    answer.resolve(PAID);
    await idle();
    expect(cards.outcomes).toEqual([]);
    commit();
    await replying;
    expect(cards.outcomes).toMatchObject([{ kind: "applied" }]);
  });

  it("is refused alike, without a question to the gateway, if it names no payment of the account", async () => {
    const { sendCallback, asked, harness, cards, foreign, id, written } = await createWithoutProof();
    // A callback without a provider reference does not mean a payment that has none yet.
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    await harness.checkout({ orderId: "order-3" });
    harness.store.calls.length = 0;
    const answers = [
      await sendCallback({ paymentId: "pay_01h455vb4pex5vsknk084sn02q" as never }),
      await sendCallback({ merchantReference: "another system's order" }),
      await sendCallback({ merchantReference: "" }),
      await sendCallback({ providerReference: providerReference("NOBODY") }),
      await sendCallback({ paymentId: foreign.id }),
      await sendCallback({ providerReference: foreign.providerReference! }),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 401, body: "NO" })]),
    );
    expect(new Set(cards.outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set([JSON.stringify({ kind: "refused", reason: "unauthenticated" })]),
    );
    expect(asked).toEqual([]);
    expect(written()).toEqual([]);
    expect((await harness.record(id)).payment.state).toBe("pending");
  });

  it.each(["failed", "expired", "canceled"] as const)(
    "has the gateway asked about a payment that %s as well: money that comes late is kept",
    async (state) => {
      const { sendCallback, asked, harness, cards, id } = await createWithoutProof();
      const fact = { failed: { kind: "failed" }, expired: { kind: "deadline" }, canceled: { kind: "cancel" } } as const;
      const query = { merchantAccount: cards.merchantAccount, paymentId: id };
      await recordFact(harness.context, { query, fact: fact[state] });
      expect((await harness.record(id)).payment.state).toBe(state);
      await sendCallback({ paymentId: id });
      expect(asked).toHaveLength(1);
      expect((await harness.record(id)).payment.state).toBe("succeeded");
    },
  );

  it("is answered as a repetition once its payment is paid, and leaves no line", async () => {
    const { sendCallback, harness, cards, id } = await createWithoutProof();
    await sendCallback({ paymentId: id });
    await harness.clock.advance(1000);
    await sendCallback({ paymentId: id });
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["applied", "duplicate"]);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("has the gateway asked once a second about a payment, however often it comes, and four of them wait for the newer answer", async () => {
    const answers: StatusReport[] = [
      { status: "pending", providerStatus: "1" },
      { status: "pending", providerStatus: "2" },
      PAID,
    ];
    const { sendCallback, asked, harness, cards, id } = await createWithoutProof(async () => answers.shift() ?? PAID);
    const first = sendCallback({ paymentId: id });
    await until(() => asked.length === 1);
    const crowd = Array.from({ length: 300 }, () => sendCallback({ paymentId: id }));
    await idle();
    expect(asked).toHaveLength(1);
    await first;
    await harness.clock.advance(999);
    expect(asked).toHaveLength(1);
    await harness.clock.advance(1);
    await Promise.all(crowd);
    expect(asked).toHaveLength(2);
    expect(cards.outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array.from({ length: 5 }, () => "applied"),
      ...Array.from({ length: 296 }, () => "refused"),
    ]);
    const last = sendCallback({ paymentId: id });
    await idle();
    expect(asked).toHaveLength(2);
    await harness.clock.advance(1000);
    await last;
    expect(cards.outcomes.at(-1)).toMatchObject({ kind: "applied", payment: { state: "succeeded" } });
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "pending", "pending", "succeeded"]);
    await harness.clock.advance(1000);
    expect(harness.clock.sleeping()).toEqual([]);
  });

  it("is refused at once where others wait for a gateway that hangs: each would hold a connection for 40 s", async () => {
    const { sendCallback, asked, harness, cards, id, written } = await createWithoutProof(() => new Promise(() => {}));
    const crowd = Array.from({ length: 300 }, () => sendCallback({ paymentId: id }));
    await until(() => asked.length === 1);
    await idle();
    expect(cards.outcomes).toEqual(Array.from({ length: 295 }, () => ({ kind: "refused", reason: "unauthenticated" })));
    expect(written()).toEqual([]);
    expect(harness.logger.lines.map(({ message }) => message)).toEqual([
      "Many callbacks without proof about one payment came at once; a few of them wait for the answer.",
    ]);
    await harness.clock.advance(41_000);
    await Promise.all(crowd);
    expect(asked).toHaveLength(2);
  });

  it("that waited for its turn has the gateway asked by the name it gave meanwhile", async () => {
    const { sendCallback, asked, harness, cards } = await createWithoutProof(async () => ({
      status: "pending",
      providerReference: providerReference("SEEN"),
    }));
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const { id: paymentId } = await harness.checkout({ orderId: "order-3" });
    const both = [sendCallback({ paymentId }), sendCallback({ paymentId })];
    await harness.clock.advance(1000);
    await Promise.all(both);
    expect(asked.map((name) => name.providerReference)).toEqual([undefined, "SEEN"]);
  });

  it("about many payments at once has twenty of them asked about now and the others a few seconds later, and none is forgotten", async () => {
    const hanging = Promise.withResolvers<Retrieved>();
    const { sendCallback, asked, harness } = await createWithoutProof(() => hanging.promise);
    const ids: PaymentId[] = [];
    for (let n = 0; n < 30; n++) ids.push((await harness.checkout({ orderId: `order-${n + 10}` })).id);
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    let refused = 0;
    const all = ids.map(async (paymentId) => {
      const { status } = await sendCallback({ paymentId });
      if (status === 401) refused++;
    });
    await until(() => refused === 10);
    expect(asked).toHaveLength(20);
    await harness.clock.advance(5000);
    expect(new Set(asked.map(({ paymentId }) => paymentId)).size).toBe(30);
    hanging.resolve(PAID);
    await Promise.all(all);
    await until(() => harness.store.calls.filter((call) => call === "finishStatusCheck").length >= 10);
    for (const id of ids) expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(60_000);
    await stopping;
  });

  it("is asked on by itself where the gateway calls before its own answer changes", async () => {
    const answers: StatusReport[] = [{ status: "pending", providerStatus: "1" }];
    const { sendCallback, harness, cards, id } = await createWithoutProof(async () => answers.shift() ?? PAID);
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await sendCallback({ paymentId: id });
    expect(cards.outcomes).toMatchObject([{ kind: "applied", payment: { state: "pending" } }]);
    await harness.clock.advance(4999);
    expect((await harness.record(id)).payment.state).toBe("pending");
    await harness.clock.advance(31_000);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(60_000);
    await stopping;
    expect(await harness.store.leaseStatusChecks(harness.clock.now() + 1e9, harness.clock.now() + 1e9, 10)).toEqual([]);
  });

  it.each<[string, Fact, StatusReport]>([
    ["expired here, where it still says pending", { kind: "deadline" }, { status: "pending", providerStatus: "NEW" }],
    ["failed here, where it repeats that", { kind: "failed" }, { status: "failed", providerStatus: "NO" }],
  ])("has the gateway asked on about a payment that %s, and notes that once an hour", async (_, fact, said) => {
    let answer = said;
    const { sendCallback, harness, cards, id } = await createWithoutProof(async () => answer);
    await sendCallback({ paymentId: id });
    await recordFact(harness.context, { query: { merchantAccount: cards.merchantAccount, paymentId: id }, fact });
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await harness.clock.advance(2 * 86_400_000);
    for (let n = 0; n < 3; n++) {
      await sendCallback({ paymentId: id });
      await harness.clock.advance(1000);
    }
    expect((await harness.facts(id)).filter((kind) => kind === "check_status")).toHaveLength(1);
    answer = PAID;
    await harness.clock.advance(36_000);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(60_000);
    await stopping;
  });

  it("has the gateway asked soon again where its answer is the one it gave before, also between two later questions", async () => {
    let answer: StatusReport = { status: "pending" };
    const { sendCallback, asked, harness, cards, id } = await createWithoutProof(async () => answer);
    await sendCallback({ paymentId: id });
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await harness.clock.advance(20 * MINUTE);
    const before = await harness.facts(id);
    for (let n = 0; n < 3; n++) {
      await sendCallback({ paymentId: id });
      await harness.clock.advance(1000);
    }
    const questions = asked.length;
    await harness.clock.advance(4000);
    // One question for the three of them, and no line.
    expect(asked).toHaveLength(questions + 1);
    expect(cards.outcomes.at(-1)).toMatchObject({ kind: "duplicate", payment: { state: "pending" } });
    expect(await harness.facts(id)).toEqual(before);
    await sendCallback({ paymentId: id });
    answer = PAID;
    await harness.clock.advance(5000);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(MINUTE);
    await stopping;
  });

  it.each<[string, readonly Fact[], StatusReport]>([
    ["an open payment", [], { status: "pending", providerStatus: "NEW" }],
    ["a payment that failed, and noted a callback this hour", [{ kind: "failed" }], { status: "failed" }],
  ])(
    "has the gateway asked by the plan from then on about %s, however old its last line is",
    async (_, facts, said) => {
      let answer = said;
      const { sendCallback, asked, harness, cards, id } = await createWithoutProof(async () => answer, {
        expiresAfterSeconds: 86_400,
      });
      const statusChecks = startStatusCheckLoop(harness.context);
      harness.onStatusCheck = statusChecks.wake;
      for (const fact of facts)
        await recordFact(harness.context, { query: { merchantAccount: cards.merchantAccount, paymentId: id }, fact });
      for (let n = 0; n < 2; n++) {
        await sendCallback({ paymentId: id });
        await harness.clock.advance(1000);
      }
      await harness.clock.advance(50 * MINUTE);
      const lines = (await harness.facts(id)).length;
      const questions = asked.length;
      await sendCallback({ paymentId: id });
      // The question within the request, and those after 5 s, 10 s and 40 s.
      await harness.clock.advance(45_000);
      expect(asked).toHaveLength(questions + 4);
      expect(await harness.facts(id)).toHaveLength(lines);
      answer = PAID;
      await harness.clock.advance(2 * MINUTE);
      expect((await harness.record(id)).payment.state).toBe("succeeded");
      const stopping = statusChecks.stop();
      await harness.clock.advance(MINUTE);
      await stopping;
    },
  );

  it("has the gateway asked on after the payment expired, where it came shortly before", async () => {
    let answer: StatusReport = { status: "pending", providerStatus: "NEW" };
    const { sendCallback, harness, id } = await createWithoutProof(async () => answer);
    await sendCallback({ paymentId: id });
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await harness.clock.advance(59 * MINUTE + 50_000);
    await sendCallback({ paymentId: id });
    await harness.clock.advance(20_000);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("expired");
    await harness.clock.advance(MINUTE);
    answer = PAID;
    await harness.clock.advance(3 * MINUTE);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(MINUTE);
    await stopping;
  });

  it("opens no review where the gateway fails for some minutes after it", async () => {
    let answer: StatusReport | undefined = { status: "pending" };
    const retrieve = async () => answer ?? Promise.reject(new Error("HTTP 500"));
    const { sendCallback, harness, id } = await createWithoutProof(retrieve, { expiresAfterSeconds: 7 * 86_400 });
    await sendCallback({ paymentId: id });
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await harness.clock.advance(30 * 60 * MINUTE);
    await sendCallback({ paymentId: id });
    answer = undefined;
    await harness.clock.advance(15 * MINUTE);
    expect(await harness.reviews()).toEqual([]);
    const stopping = statusChecks.stop();
    await harness.clock.advance(MINUTE);
    await stopping;
  });

  it.each<[string, (Fact | SideFact)[], StatusReport]>([
    ["cannot be read, as before", [], { status: "unrecognized", providerStatus: "NEW" }],
    ["names another amount, as before", [], { status: "succeeded", amount: { value: 1, currency: "PLN" } }],
    [
      "is missing for a day, and a person was told",
      [{ kind: "status_unknown", round: 1, reason: "HTTP 500" }],
      { status: "pending" },
    ],
    ["was noted this hour, of a payment that expired", [{ kind: "deadline" }], { status: "pending" }],
    ["was noted this hour, of a payment that failed", [{ kind: "failed" }], { status: "failed" }],
  ])("has the gateway asked soon again where its answer %s", async (_, facts, answer) => {
    const { sendCallback, asked, harness, cards, id } = await createWithoutProof(async () => answer);
    const query = { merchantAccount: cards.merchantAccount, paymentId: id };
    await sendCallback({ paymentId: id });
    for (const fact of facts) await recordFact(harness.context, { query, fact });
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await harness.clock.advance(MINUTE);
    await sendCallback({ paymentId: id });
    await harness.clock.advance(20 * MINUTE);
    await sendCallback({ paymentId: id });
    const questions = asked.length;
    await harness.clock.advance(5000);
    expect(asked).toHaveLength(questions + 1);
    const stopping = statusChecks.stop();
    await harness.clock.advance(MINUTE);
    await stopping;
  });

  it("keeps no other payment's callback waiting, and a question that failed none of its own", async () => {
    const { sendCallback, asked, harness, cards, id } = await createWithoutProof(async () => {
      if (asked.length === 1) throw new Error("HTTP 500");
      return PAID;
    });
    const other = await harness.checkout({ orderId: "order-2" });
    await sendCallback({ paymentId: id });
    await sendCallback({ paymentId: other.id });
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["refused", "applied"]);
    const again = sendCallback({ paymentId: id });
    await harness.clock.advance(1000);
    await again;
    expect(cards.outcomes.at(-1)).toMatchObject({ kind: "applied" });
  });

  it.each([
    ["fails", () => Promise.reject(new Error("HTTP 500"))],
    ["hangs", () => new Promise<StatusReport>(() => {})],
  ])(
    "is refused where the gateway %s when asked, with 4xx since anybody can cause it, and nothing is written",
    async (_, retrieve) => {
      const { sendCallback, harness, cards, id, written } = await createWithoutProof(retrieve);
      const replying = sendCallback({ paymentId: id });
      await harness.clock.advance(20_000);
      expect(await replying).toEqual({ status: 401, body: "NO" });
      expect(cards.outcomes).toEqual([{ kind: "refused", reason: "unauthenticated" }]);
      expect(written()).toEqual([]);
      await harness.clock.advance(1000);
      expect(harness.clock.sleeping()).toEqual([]);
    },
  );

  it("must come again where the answer is not committed", async () => {
    const { sendCallback, harness, cards, id } = await createWithoutProof();
    harness.store.failNext("update");
    await sendCallback({ paymentId: id });
    await harness.clock.advance(1000);
    await sendCallback({ paymentId: id });
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["error", "applied"]);
  });

  it.each<[string, ParsedCallback]>([
    ["a success", { kind: "notification", about: { merchantReference: "" }, reported: { status: "succeeded" } }],
    [
      "a refund",
      {
        kind: "refund",
        about: { merchantReference: "" },
        refund: { providerReference: "F1", status: "succeeded", amount: { value: 1999, currency: "PLN" } },
      },
    ],
  ])("is not believed %s: the gateway is asked instead", async (_, said) => {
    const { asked, harness, id } = await createWithoutProof(async () => ({
      status: "failed",
      providerStatus: "NO",
    }));
    await harness.notify("cards", { ...said, about: { paymentId: id } } as ParsedCallback);
    expect(asked).toHaveLength(1);
    expect((await harness.record(id)).payment.state).toBe("failed");
    expect((await harness.record(id)).refunds).toBeUndefined();
  });

  it("makes no question of one that proves itself in another way as well", async () => {
    const { asked, harness, cards, id } = await createWithoutProof();
    const traits = {
      ...cards.traits,
      callback: { ...cards.traits.callback, authentication: ["verify-by-retrieve", "signature"] },
    };
    Object.assign(cards, { traits });
    await harness.notify("cards", { kind: "check_status", about: { paymentId: id } });
    expect(cards.outcomes).toMatchObject([{ kind: "status_check_scheduled" }]);
    expect(asked).toEqual([]);
  });
});

describe("a question about a payment", () => {
  const ID = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;

  it("begins at once a second after the last one, as if there had been none", async () => {
    const clock = manualClock();
    const inTurn = createTurns(clock);
    let asked = 0;
    const sendCallback = async () => ++asked;
    await inTurn(ID, sendCallback);
    await clock.advance(1000);
    const again = inTurn(ID, sendCallback);
    expect(asked).toBe(2);
    expect(await again).toBe(2);
  });

  it("is asked after one that could not be", async () => {
    const clock = manualClock();
    const inTurn = createTurns(clock);
    await expect(inTurn(ID, () => Promise.reject(new Error("the disk is full")))).rejects.toThrow("the disk is full");
    const next = inTurn(ID, async () => "status_check_scheduled");
    await clock.advance(1000);
    expect(await next).toBe("status_check_scheduled");
  });
});
