import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createShop, type Shop } from "../test/shop.ts";

let shop: Shop;
let answer: object;
let id: string;
beforeEach(async () => {
  shop = await createShop({}, { can: { refund: async () => answer as never } });
  id = await shop.buy();
  await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
});
afterEach(() => shop.pay.close());

/** A refund of the payment that the gateway answered so. */
async function refunded(given: object) {
  answer = given;
  await shop.pay.refund("cards", id, { idempotencyKey: "return-1" }).catch(() => {});
  const [refund] = await shop.pay.payments.refunds(id);
  return refund!.id;
}
const statusOf = async () => (await shop.pay.payments.refunds(id))[0]?.status;
const send = (refund: string, fields: Readonly<Record<string, string>>, query = "") =>
  shop.send(`/payments/${id}${query}`, `/payments/${id}/refunds${query}`, { refund, ...fields });

describe("the outcome of a refund", () => {
  it.each(["succeeded", "failed"] as const)("that the gateway never reported is recorded as %s", async (as) => {
    const refund = await refunded({ kind: "pending" });
    expect(await shop.page(`/payments/${id}`)).toContain("Record the outcome of this refund");
    const sent = await send(refund, { as, note: "in the panel" }, "?lang=pl");
    expect([sent.status, sent.headers.get("location")]).toEqual([
      303,
      `/console/payments/${id}?lang=pl&done=record#refunds`,
    ]);
    expect(await statusOf()).toBe(as);
    const acts = (await shop.pay.payments.history(id)).map(({ fact }) => fact).filter(({ kind }) => kind === "record");
    expect(acts).toEqual([{ kind: "record", as, refund, by: "Anna", note: "in the panel" }]);
    const page = await shop.page(`/payments/${id}?done=record`, "pl");
    expect(page).toContain("Wynik został zapisany.");
    expect(page).not.toContain("Zapisz wynik tego zwrotu");
  });

  it.each(["beside the refund", "in its review"])(
    "that a person gave %s is not called the gateway's word",
    async (place) => {
      const refund = await refunded({ kind: "unknown", cause: new Error("ECONNRESET") });
      const [review] = (await shop.pay.reviews.list()).reviews;
      const path = `/reviews/${review!.id}`;
      if (place === "in its review") await shop.send(path, path, { action: "accept", as: "succeeded" });
      else await send(refund, { as: "succeeded" });
      expect(await statusOf()).toBe("succeeded");
      const page = await shop.page(`/payments/${id}`);
      expect(page).toContain("Recorded by hand: refunded");
      expect(page).not.toContain("The gateway reported: refunded");
    },
  );

  it("that was not chosen changes nothing, and the form keeps what was typed", async () => {
    const refund = await refunded({ kind: "pending" });
    const sent = await send(refund, { as: "", note: "typed" });
    const page = await sent.text();
    expect([sent.status, await statusOf()]).toEqual([400, "pending"]);
    expect(page).toContain("Choose what to record.");
    expect(page).toContain('<a href="#refunds">Go to the form</a>');
    expect(page).toContain('value="typed"');
  });

  it("of a refund that is not there is refused", async () => {
    await refunded({ kind: "pending" });
    const sent = await send("rfd_00000000000000000000000000", { as: "failed" });
    expect([sent.status, await statusOf()]).toEqual([404, "pending"]);
  });

  it("is named as one of a refund in a review, in Polish too: brak zapłaty would free money that went back", async () => {
    await refunded({ kind: "unknown", cause: new Error("ECONNRESET") });
    const [review] = (await shop.pay.reviews.list()).reviews;
    const page = await shop.page(`/reviews/${review!.id}`, "pl");
    expect(page).toContain('<option value="succeeded">wykonany</option><option value="failed">nieudany</option>');
    await shop.send(`/reviews/${review!.id}`, `/reviews/${review!.id}`, { action: "accept", as: "failed" });
    for (const path of [`/reviews/${review!.id}`, `/payments/${id}`]) {
      const shown = await shop.page(path, "pl");
      expect(shown).toContain("nieudany");
      expect(shown).not.toContain("brak zapłaty");
    }
  });
});
