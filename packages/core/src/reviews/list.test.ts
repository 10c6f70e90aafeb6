import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "../../../../test/support/seeded-random.ts";
import { createIds } from "../model/ids.ts";
import type { Review } from "../model/review.ts";
import { NOTHING } from "../recording/changes.ts";
import { memoryStore } from "../store/memory.ts";
import { listReviews } from "./list.ts";

/** A store with this many open reviews, and their ids, oldest first. */
async function storeWith(count: number) {
  let now = 1_000_000;
  const ids = createIds(() => now++, seededRandom(1));
  const reviews = Array.from({ length: count }, (_, n): Review => {
    const about = {
      kind: "unmatched",
      details: { fact: "succeeded", merchantAccount: "fake:1", subject: "T" },
    } as const;
    return { ...about, id: ids.review(), digest: `${n}`, openedAt: now, candidates: [], status: "open", actions: [] };
  });
  const store = memoryStore();
  await store.update({ merchantAccount: "" }, () => ({ changes: { ...NOTHING, reviews }, result: undefined }));
  return { ids: reviews.map(({ id }) => id), reviews, store };
}

describe("the list of open reviews", () => {
  it("reaches each of more than a thousand once, page by page, oldest first", async () => {
    const { ids, store } = await storeWith(1_205);
    const sizes: number[] = [];
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await listReviews(store, { limit: 200, ...(after && { after }) });
      sizes.push(page.reviews.length);
      seen.push(...page.reviews.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(ids);
    expect(sizes).toEqual([200, 200, 200, 200, 200, 200, 5]);
  });

  it("has fifty on a page by default, and no next page where none follows", async () => {
    const { ids, store } = await storeWith(100);
    const first = await listReviews(store);
    expect([first.reviews.length, first.next]).toEqual([50, ids[49]]);
    const second = await listReviews(store, { after: first.next! });
    expect(second.reviews.map(({ id }) => id)).toEqual(ids.slice(50));
    expect(second).not.toHaveProperty("next");
  });

  it("goes on where it was, although the last review of the page is closed meanwhile", async () => {
    const { ids, reviews, store } = await storeWith(4);
    const { next } = await listReviews(store, { limit: 2 });
    const resolved: Review[] = [{ ...reviews[1]!, status: "dismissed" }];
    await store.update({ merchantAccount: "" }, () => ({ changes: { ...NOTHING, resolved }, result: undefined }));
    const page = await listReviews(store, { limit: 2, after: next! });
    expect(page.reviews.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it.each([
    ["limit", { limit: 0 }],
    ["limit", { limit: 201 }],
    ["limit", { limit: 1.5 }],
    ["after", { after: "2" }],
    ["after", { after: "pay_01jzr1v8k5e3v9x6w2y7m4n0qa" }],
  ])("refuses what is no %s, and names it: %j", async (field, query) => {
    const { store } = await storeWith(1);
    await expect(listReviews(store, query)).rejects.toMatchObject({ code: "INVALID_REQUEST", field });
  });
});
