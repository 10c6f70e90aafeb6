import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { idle, until } from "@pay/core/testing";
import { createShop, type Shop } from "../test/shop.ts";

const INTERVAL_MS = 7777;
let shop: Shop;
let looks: number;
beforeEach(async () => {
  shop = await createShop({ refreshIntervalMs: INTERVAL_MS });
  looks = 0;
  const { list } = shop.pay.payments;
  Object.assign(shop.pay.payments, {
    list: (query: object) => {
      looks += 1;
      return list(query);
    },
  });
});
afterEach(() => shop.pay.close());

/** Sleepers that are the console's own. */
const watching = () => shop.clock.sleeping().filter((rest) => rest === INTERVAL_MS).length;

async function listenTo(path: string, headers = {}) {
  const answer = await shop.get(path, headers);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) heard += part.value;
  })();
  return { answer, heard: () => heard, leave: () => reader.cancel(), reading };
}

const eventsOf = (page: string) => /data-events="\/console([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "none";

describe("a watcher of the list", () => {
  it("is told when its first page changed, and not before", async () => {
    const id = await shop.buy();
    const { answer, heard, leave } = await listenTo(eventsOf(await shop.page("/")));
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await shop.clock.advance(INTERVAL_MS);
    await until(() => heard() === ": still the same\n\n");
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    await shop.clock.advance(INTERVAL_MS);
    await until(() => heard().includes("event: changed"));
    expect(heard()).not.toContain(id);
    await leave();
  });

  it("learns what changed between the page and the first look, and after a lost connection only what is new", async () => {
    const events = eventsOf(await shop.page("/"));
    await shop.buy();
    const first = await listenTo(events);
    await shop.clock.advance(INTERVAL_MS);
    await until(() => first.heard().includes("event: changed"));
    await first.leave();
    const last = /id: (\S+)/.exec(first.heard())?.[1] ?? "";
    const second = await listenTo(events, { "last-event-id": last });
    await shop.clock.advance(INTERVAL_MS);
    await until(() => second.heard() === ": still the same\n\n");
    await second.leave();
  });

  it("costs one look at a time, however many watch the same, and none once the last one has left", async () => {
    const same = await Promise.all([1, 2, 3].map(() => listenTo("/events?state=pending")));
    const other = await listenTo("/events?state=failed");
    await shop.clock.advance(INTERVAL_MS);
    await until(() => [...same, other].every(({ heard }) => heard() !== ""));
    expect(looks).toBe(2);
    expect(watching()).toBe(2);
    await same.pop()?.leave();
    await shop.clock.advance(INTERVAL_MS);
    expect(looks).toBe(4);
    await Promise.all([...same, other].map(({ leave }) => leave()));
    await idle();
    expect(watching()).toBe(0);
    await shop.clock.advance(3 * INTERVAL_MS);
    expect(looks).toBe(4);
  });

  it("hears nothing while the store does not answer, and goes on afterwards", async () => {
    const { heard, leave } = await listenTo("/events?seen=nothing");
    const { list } = shop.pay.payments;
    Object.assign(shop.pay.payments, { list: () => Promise.reject(new Error("no store")) });
    await shop.clock.advance(INTERVAL_MS);
    await until(() => heard() === ": still the same\n\n");
    Object.assign(shop.pay.payments, { list });
    await shop.clock.advance(INTERVAL_MS);
    await until(() => heard().includes("event: changed"));
    await leave();
  });

  it("is let go when Pay is closed", async () => {
    const { reading } = await listenTo("/events");
    await shop.pay.close();
    await shop.clock.advance(INTERVAL_MS);
    await reading;
    expect(watching()).toBe(0);
  });

  it("is not who asks for the head alone", async () => {
    expect((await shop.request("/events", { method: "HEAD" })).status).toBe(200);
    await idle();
    expect(watching()).toBe(0);
  });

  it("is refused where the search is none", async () => {
    expect((await shop.get("/events?state=paid")).status).toBe(400);
  });

  it("has no live table on older pages", async () => {
    const id = await shop.buy();
    expect(await shop.page(`/?after=${id}`)).not.toContain("data-events");
  });
});
