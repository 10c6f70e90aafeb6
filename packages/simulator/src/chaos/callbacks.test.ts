import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { sendBuyerTo } from "../../test/shop.ts";
import { OTHER_SHOP, REDELIVERY, type Stage, startStage } from "../../test/stage.ts";
import { type CallbackChaos, DEMO_SELLLY_SHOP } from "../index.ts";

const KEY = DEMO_SELLLY_SHOP.secretKey;

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
});

afterEach(() => stage.close());

/** A paid Sellly payment with this chaos; the first callback has ended. */
async function paid(...callbacks: CallbackChaos[]): Promise<string> {
  stage.simulator.setChaos({ callbacks });
  const id = await stage.sellly();
  await act(id, "pay");
  return id;
}

async function act(id: string, action: "pay" | "decline"): Promise<void> {
  await stage.simulator.act(id, action);
  await stage.simulator.idle(id);
}

const verdicts = () => stage.simulator.callbacks().map(({ chaos, verdict }) => [chaos.join(" "), verdict.kind]);
const statuses = () => stage.received().map(([, , status]) => status);

describe("callback chaos", () => {
  it("delays the first callback, and GOSetti.pl's buyer waits meanwhile", async () => {
    stage.simulator.setChaos({ callbacks: [{ kind: "delay", ms: 5_000 }] });
    const id = await stage.gosetti();
    expect((await stage.simulator.act(id, "pay")).kind).toBe("wait");
    await stage.simulator.advance(4_999);
    expect(stage.shop.requests).toEqual([]);
    await stage.simulator.advance(1);
    expect(stage.received()).toEqual([["token-number-1", id, "true"]]);
    expect(verdicts()).toEqual([["delay", "accepted"]]);
  });

  it("drops the first ones, and the genuine one follows at the redelivery", async () => {
    const id = await paid({ kind: "drop", count: 2 });
    await stage.simulator.advance(2 * REDELIVERY);
    expect(stage.received()).toEqual([[KEY, id, "OK"]]);
    expect(verdicts()).toEqual([
      ["drop", "not_sent"],
      ["drop", "not_sent"],
      ["", "accepted"],
    ]);
  });

  it('drops every callback with the count "all"', async () => {
    const id = await paid({ kind: "drop", count: "all" });
    await stage.simulator.advance(100 * REDELIVERY);
    expect(stage.shop.requests).toEqual([]);
    expect(stage.simulator.payments().find((one) => one.id === id)).toMatchObject({
      state: "paid",
      nextCallbackAt: null,
    });
  });

  it("sends copies at once: none waits for another's answer", async () => {
    let together: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      together = resolve;
    });
    stage.answer = async () => {
      if (stage.shop.requests.length === 3) together();
      await all;
      return { body: "OK" };
    };
    const id = await paid({ kind: "duplicate", count: 3 });
    expect(stage.received()).toEqual(Array(3).fill([KEY, id, "OK"]));
    expect(verdicts()).toEqual(Array(3).fill(["duplicate", "accepted"]));
  });

  it("repeats when one of the copies was refused", async () => {
    stage.answer = () => (stage.shop.requests.length === 2 ? { status: 500 } : undefined);
    await paid({ kind: "duplicate" });
    await stage.simulator.advance(REDELIVERY);
    expect(
      verdicts()
        .map(([, kind]) => kind)
        .sort(),
    ).toEqual(["accepted", "accepted", "will_retry"]);
  });

  it("sends another payment's callback first", async () => {
    const slow = await paid({ kind: "reorder" });
    expect(stage.shop.requests).toEqual([]);
    stage.simulator.setChaos({});
    const fast = await stage.gosetti();
    await act(fast, "pay");
    await stage.simulator.idle(slow);
    expect(stage.received().map(([, id]) => id)).toEqual([fast, slow]);
    expect(verdicts().at(-1)).toEqual(["reorder", "accepted"]);
  });

  it("sends the later callback of the same payment first, and ends with the genuine one", async () => {
    await paid({ kind: "contradict", order: "failure_success" }, { kind: "reorder" });
    await stage.simulator.advance(REDELIVERY);
    expect(statuses()).toEqual(["OK", "ERR"]);
    await stage.simulator.advance(10 * REDELIVERY);
    expect(statuses()).toEqual(["OK", "ERR", "OK"]);
  });

  it.each([
    ["pay", "success_failure", ["OK", "ERR", "OK"], ["true", "false", "true", "true"]],
    ["pay", "failure_success", ["ERR", "OK"], ["false", "true", "true", "true"]],
    ["decline", "success_failure", ["OK", "ERR"], ["true", "false", "false", "false"]],
    ["decline", "failure_success", ["ERR", "OK", "ERR"], ["false", "true", "false", "false"]],
  ] as const)(
    "contradicts itself after %s with %s, and ends with the genuine callback",
    async (action, order, sellly, gosetti) => {
      stage.simulator.setChaos({ callbacks: [{ kind: "contradict", order }] });
      for (const [create, expected] of [
        [stage.sellly, sellly],
        [stage.gosetti, gosetti],
      ] as const) {
        const before = stage.shop.requests.length;
        await act(await create(), action);
        await stage.simulator.advance(10 * REDELIVERY);
        expect(statuses().slice(before)).toEqual(expected);
      }
    },
  );

  it("calls the shop before create is answered", async () => {
    stage.simulator.setChaos({ callbacks: [{ kind: "early" }] });
    let answered = 0;
    stage.answer = async ({ method }) => {
      // Long enough for an answer to create that did not wait for this one.
      for (let call = 0; call < 3; call++) await stage.call("GET", "/clock");
      answered++;
      return method === "POST" ? sendBuyerTo("https://shop.example/thanks") : { body: "OK" };
    };
    await stage.sellly();
    expect(answered).toBe(1);
    await stage.gosetti();
    expect(answered).toBe(2);
    expect(stage.simulator.payments().map(({ state }) => state)).toEqual(["paid", "paid"]);
    expect(verdicts()).toEqual([
      ["early", "accepted"],
      ["early", "accepted"],
    ]);
  });

  it("sends a wrong key, and the right one at the redelivery, even when the wrong one was answered OK", async () => {
    const id = await paid({ kind: "wrong_secret" });
    await stage.simulator.advance(REDELIVERY);
    const [[wrong], right] = stage.received() as [[string], unknown];
    expect(wrong).toMatch(/^[0-9a-f]{64}$/);
    expect(wrong).not.toBe(KEY);
    expect(right).toEqual([KEY, id, "OK"]);
    expect(stage.simulator.callbacks()[0]!.verdict).toEqual({
      kind: "accepted",
      redirectUrl: null,
      nextInMs: REDELIVERY,
    });
  });

  it("calls GOSetti.pl's address with a wrong token, and takes no return address from the answer", async () => {
    stage.simulator.setChaos({ callbacks: [{ kind: "wrong_secret" }] });
    const id = await stage.gosetti();
    expect((await stage.simulator.act(id, "pay")).kind).toBe("wait");
    expect(stage.shop.requests[0]!.url).toMatch(/^\/cb\/order\/[a-z]{5}-[a-z]{6}-\d$/);
    expect(stage.shop.requests[0]!.url).not.toContain("token-number-1");
    await stage.simulator.advance(10 * REDELIVERY);
    expect(stage.received().slice(1)).toEqual(Array(3).fill(["token-number-1", id, "true"]));
    expect(stage.simulator.payments()[0]!.returnTo).toBe("https://shop.example/thanks");
  });

  it("sends the token or key of another payment or shop", async () => {
    const other = await stage.gosetti();
    stage.simulator.setChaos({ callbacks: [{ kind: "foreign_token" }] });
    const id = await stage.gosetti();
    await act(id, "pay");
    await act(await stage.sellly(), "pay");
    expect(other).not.toBe(id);
    expect(stage.received().map(([secret]) => secret)).toEqual(["token-number-1", OTHER_SHOP.secretKey]);
    expect(stage.received()[0]![1]).toBe(id);
  });

  it("sends nothing if there is no other to take it from, says why, and goes on with the genuine callback", async () => {
    stage.simulator.setChaos({ callbacks: [{ kind: "foreign_token" }, { kind: "changed_id", to: "other" }] });
    const id = await stage.gosetti();
    await act(id, "pay");
    await stage.simulator.advance(2 * REDELIVERY);
    expect(verdicts().slice(0, 2)).toEqual([
      ["foreign_token", "not_sent"],
      ["changed_id", "not_sent"],
    ]);
    expect(stage.received()).toEqual([["token-number-1", id, "true"]]);
  });

  it("sends the number of no payment, or of another one", async () => {
    const other = await stage.sellly();
    const id = await paid({ kind: "changed_id", to: "other" });
    const another = await paid({ kind: "changed_id", to: "nobody", count: "all" });
    await stage.simulator.advance(10 * REDELIVERY);
    const ids = stage.received().map(([, id]) => id);
    expect(ids[0]).toBe(other);
    expect(ids[2]).toBe(id);
    expect(ids[1]).toMatch(/^[0-9A-Z]{19}$/);
    expect([id, other, another]).not.toContain(ids[1]);
    expect(ids).toHaveLength(3);
  });

  it("applies to one payment without the others", async () => {
    const [first, second] = [await stage.sellly(), await stage.sellly()];
    await stage.call("PUT", `/payments/${first}/chaos`, { callbacks: [{ kind: "drop" }] });
    await act(first, "pay");
    await act(second, "pay");
    expect(stage.received()).toEqual([[KEY, second, "OK"]]);
    expect(await stage.call("GET", `/payments/${first}/chaos`)).toEqual({
      status: 200,
      json: { chaos: { callbacks: [{ kind: "drop" }] } },
    });
  });

  it("ends when it is removed after the payment", async () => {
    const id = await paid({ kind: "drop", count: "all" });
    await stage.call("PUT", `/payments/${id}/chaos`, {});
    await stage.simulator.resend(id);
    expect(stage.received()).toEqual([[KEY, id, "OK"]]);
  });
});

describe("resending", () => {
  it("sends the next callback at once, and repeats the last one", async () => {
    const id = await paid({ kind: "wrong_secret" });
    for (let count = 2; count <= 3; count++) {
      expect((await stage.call("POST", `/payments/${id}/resend`)).status).toBe(200);
      expect(stage.received()).toHaveLength(count);
      expect(stage.received().at(-1)).toEqual([KEY, id, "OK"]);
    }
    await stage.simulator.advance(10 * REDELIVERY);
    expect(stage.received()).toHaveLength(3);
  });

  it("is refused while the payment is open or unknown", async () => {
    const id = await stage.sellly();
    expect(await stage.call("POST", `/payments/${id}/resend`)).toMatchObject({
      status: 409,
      json: { error: "not_finished" },
    });
    expect((await stage.call("POST", "/payments/NONE/resend")).status).toBe(404);
  });
});
