import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { postGosetti, postSellly } from "../../test/create.ts";
import { type Stage, startStage } from "../../test/stage.ts";
import { type CreateFault, startSimulator } from "../index.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
});

afterEach(() => stage.close());

const payments = () => stage.simulator.payments().length;

describe("create faults", () => {
  it("cuts the connection", async () => {
    stage.simulator.setChaos({ create: { kind: "refuse" } });
    await expect(postSellly(stage.simulator)).rejects.toThrow();
    await expect(postGosetti(stage.simulator)).rejects.toThrow();
    expect(payments()).toBe(0);
  });

  it.each([600, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610, 699] as const)(
    "answers Sellly's %i and does not affect GOSetti.pl",
    async (code) => {
      stage.simulator.setChaos({ create: { kind: "error", code } });
      const refused = await postSellly(stage.simulator);
      expect(refused.status).toBe(500);
      expect(await refused.json()).toMatchObject({ status: code, message: expect.stringMatching(/\.$/) });
      expect(payments()).toBe(0);
      expect((await postGosetti(stage.simulator)).status).toBe(200);
    },
  );

  it.each([400, 415, 500] as const)("answers GOSetti.pl's %i and does not affect Sellly", async (code) => {
    stage.simulator.setChaos({ create: { kind: "error", code } });
    expect((await postGosetti(stage.simulator)).status).toBe(code);
    expect(payments()).toBe(0);
    expect((await postSellly(stage.simulator)).status).toBe(200);
  });

  it.each([
    ["html", 502, "text/html; charset=UTF-8"],
    ["truncated_json", 200, "application/json"],
  ] as const)("makes the payment and answers %s", async (kind, status, type) => {
    stage.simulator.setChaos({ create: { kind } });
    for (const post of [postSellly, postGosetti]) {
      const spoilt = await post(stage.simulator);
      expect([spoilt.status, spoilt.headers.get("content-type")]).toEqual([status, type]);
      await expect(spoilt.json()).rejects.toThrow("JSON");
    }
    expect(payments()).toBe(2);
  });

  it("answers when it is released, and not before", async () => {
    await stage.call("PUT", "/chaos", { create: { kind: "hang", times: 1 } });
    let isAnswered = false;
    const hanging = postSellly(stage.simulator).finally(() => {
      isAnswered = true;
    });
    while (payments() === 0) await stage.call("GET", "/payments");
    expect(isAnswered).toBe(false);
    expect(await stage.call("POST", "/chaos/release")).toEqual({ status: 200, json: { released: 1 } });
    expect(await (await hanging).json()).toMatchObject({ id: stage.simulator.payments()[0]!.id });
    expect(stage.simulator.release()).toBe(0);
  });

  it("forgets a client that gave up", async () => {
    stage.simulator.setChaos({ create: { kind: "hang" } });
    const giveUp = new AbortController();
    const hanging = fetch(`${stage.simulator.gosettiUrl}/Api/PaySafeCardTransactionCreate.php`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ UserId: 1, ClientIp: "::1", Amount: 1, CallbackUrl: "http://127.0.0.1:9/" }),
      signal: giveUp.signal,
    });
    while (payments() === 0) await stage.call("GET", "/payments");
    giveUp.abort();
    await expect(hanging).rejects.toThrow();
    while ((await logged()) === 0) await stage.call("GET", "/payments");
    expect(stage.simulator.release()).toBe(0);
  });

  it("applies to the given number of requests, and only to valid ones", async () => {
    stage.simulator.setChaos({ create: { kind: "error", code: 699, times: 2 } });
    const codes: unknown[] = [];
    for (const price of ["1.00", "wrong", "1.00", "1.00"]) {
      codes.push(((await (await postSellly(stage.simulator, { price })).json()) as { status: number }).status);
    }
    expect(codes).toEqual([699, 605, 699, 200]);
  });

  it("does not keep the simulator from closing", async () => {
    stage.simulator.setChaos({ create: { kind: "hang" } });
    const hanging = postSellly(stage.simulator).then(
      () => "answered",
      () => "cut",
    );
    while (payments() === 0) await stage.call("GET", "/payments");
    await stage.simulator.close();
    expect(["answered", "cut"]).toContain(await hanging);
  });
});

/** How many exchanges the log has. */
async function logged(): Promise<number> {
  const { json } = await stage.call("GET", "/exchanges");
  return (json as { exchanges: unknown[] }).exchanges.length;
}

describe("invalid settings", () => {
  it.each<[unknown, string]>([
    [[], "chaos must be an object"],
    [{ callback: [] }, "chaos has an unknown field; the known fields are callbacks, create"],
    [{ callbacks: {} }, "callbacks must be a list"],
    [{ callbacks: [{ kind: "explode" }] }, "callbacks[0].kind must be one of delay, drop"],
    [{ callbacks: [{ kind: "toString" }] }, "callbacks[0].kind must be one of delay, drop"],
    [{ callbacks: [{ kind: "delay" }] }, "callbacks[0].ms must be a whole number"],
    [{ callbacks: [{ kind: "delay", ms: -1 }] }, "callbacks[0].ms must be a whole number"],
    [{ callbacks: [{ kind: "delay", ms: "5" }] }, "callbacks[0].ms must be a whole number"],
    [{ callbacks: [{ kind: "drop", count: 0 }] }, 'callbacks[0].count must be a whole number from 1 to 1000, or "all"'],
    [{ callbacks: [{ kind: "duplicate", count: "all" }] }, "callbacks[0].count must be a whole number from 2 to 50"],
    [{ callbacks: [{ kind: "reorder", ms: 1 }] }, "callbacks[0] has an unknown field; the known fields are kind"],
    [{ callbacks: [{ kind: "contradict" }] }, 'callbacks[0].order must be one of "success_failure"'],
    [{ callbacks: [{ kind: "changed_id", to: "me" }] }, 'callbacks[0].to must be one of "nobody", "other"'],
    [{ callbacks: [{ kind: "drop" }, { kind: "drop" }] }, "callbacks must be a list that has each kind once"],
    [{ create: { kind: "error" } }, "create.code must be one of 400"],
    [{ create: { kind: "error", code: 611 } }, "create.code must be one of 400"],
    [{ create: { kind: "hang", times: 0 } }, "create.times must be a whole number"],
  ])("%j is refused: %s", async (chaos, message) => {
    const answer = await stage.call("PUT", "/chaos", chaos);
    expect(answer).toMatchObject({
      status: 400,
      json: { error: "bad_chaos", message: expect.stringContaining(message) },
    });
    expect(() => stage.simulator.setChaos(chaos as never)).toThrow(message);
    await expect(startSimulator({ chaos: chaos as never })).rejects.toMatchObject({
      name: "SimulatorFailure",
      code: "bad_chaos",
    });
    expect(await stage.call("GET", "/chaos")).toEqual({ status: 200, json: { chaos: {} } });
  });

  it.each([{ create: { kind: "hang" } as CreateFault }, { callbacks: [{ kind: "early" }] }])(
    "%j is refused for a payment that exists",
    async (chaos) => {
      const path = `/payments/${await stage.sellly()}/chaos`;
      expect(await stage.call("PUT", path, chaos)).toMatchObject({ status: 400, json: { error: "bad_chaos" } });
    },
  );
});
