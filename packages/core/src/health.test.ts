import { describe, expect, it } from "@jest/globals";
import { post } from "../test/requests.ts";
import { BASE, createShop } from "../test/shop.ts";
import { idle } from "./testing/manual-clock.ts";

const SECOND = 1_000;

function createHealthy() {
  const shop = createShop();
  const answer = async (path: string) => {
    const response = await shop.pay.fetch(new Request(BASE.baseUrl + path));
    return [response.status, await response.text()];
  };
  /** How often the store was read for the health. */
  const reads = () => shop.store.calls.filter((call) => call === "payment").length;
  return { ...shop, answer, reads };
}

const WELL = { ready: true, store: "reachable", delivery: "running", refusedCallbacks: [] };
const OFF = { ready: false, store: "not_started", delivery: "not_started", refusedCallbacks: [] };

describe("the health of a Pay", () => {
  it("is live from the beginning to the end, and ready between start() and close()", async () => {
    const { answer, pay } = createHealthy();
    expect([await pay.health(), await answer("/health"), await answer("/ready")]).toEqual([
      OFF,
      [200, "OK"],
      [503, "Not ready"],
    ]);
    await pay.start();
    for (const slash of ["", "/"]) {
      expect([await pay.health(), await answer(`/health${slash}`), await answer(`/ready${slash}`)]).toEqual([
        WELL,
        [200, "OK"],
        [200, "OK"],
      ]);
    }
    const closing = pay.close();
    expect([await answer("/health"), await answer("/ready")]).toEqual([
      [200, "OK"],
      [503, "Not ready"],
    ]);
    await closing;
    expect([await pay.health(), await answer("/health")]).toEqual([OFF, [200, "OK"]]);
  });

  it("says when the store cannot be reached, and when it can again, and a process whose database is away stays live", async () => {
    const { answer, clock, pay, store } = createHealthy();
    await pay.start();
    const { payment } = store;
    store.payment = async () => {
      throw new Error("connection refused to db.example with password x");
    };
    expect(await pay.health()).toEqual({ ...WELL, ready: false, store: "unreachable" });
    expect([await answer("/ready"), await answer("/health")]).toEqual([
      [503, "Not ready"],
      [200, "OK"],
    ]);
    store.payment = payment;
    await clock.advance(SECOND);
    expect(await answer("/ready")).toEqual([200, "OK"]);
    await pay.close();
  });

  it("gives a store that does not answer three seconds", async () => {
    const { answer, clock, pay, store } = createHealthy();
    await pay.start();
    store.payment = () => new Promise(() => {});
    let answered: unknown;
    void answer("/ready").then((given) => {
      answered = given;
    });
    await clock.advance(3 * SECOND - 1);
    expect(answered).toBeUndefined();
    await clock.advance(1);
    expect(answered).toEqual([503, "Not ready"]);
    await pay.close();
  });

  it("reads the store once a second, however often anybody asks", async () => {
    const { answer, clock, pay, reads } = createHealthy();
    await pay.start();
    const before = reads();
    for (let second = 0; second < 3; second++) {
      await Promise.all(Array.from({ length: 100 }, () => answer("/ready")));
      await clock.advance(SECOND);
    }
    expect(reads() - before).toBe(3);
    await pay.close();
  });

  it("is not ready while events are not delivered", async () => {
    const { clock, pay, store } = createHealthy();
    await pay.start();
    const { leaseDeliveries } = store;
    store.leaseDeliveries = async () => {
      throw new Error("no");
    };
    for (let second = 0; second < 40; second++) await clock.advance(SECOND);
    expect(await pay.health()).toEqual({ ...WELL, ready: false, delivery: "failing" });
    store.leaseDeliveries = leaseDeliveries;
    await clock.advance(2 * SECOND);
    expect(await pay.health()).toEqual(WELL);
    await pay.close();
  });

  it("stays ready while nothing happens", async () => {
    const { clock, pay } = createHealthy();
    await pay.start();
    for (let second = 0; second < 120; second++) await clock.advance(SECOND);
    expect(await pay.health()).toEqual(WELL);
    await pay.close();
  });

  it("has the number of callbacks that were not acknowledged", async () => {
    const { pay } = createHealthy();
    await pay.start();
    for (const body of ["{", "[", "x"]) await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, body));
    await idle();
    expect((await pay.health()).refusedCallbacks).toEqual([
      { providerName: "cards", status: 401, reason: "malformed", count: 3 },
    ]);
    await pay.close();
  });
});
