import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { idle } from "@pay/core/testing";
import { createShop, form, type Shop } from "../test/shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
});
afterEach(() => shop.pay.close());

const stateOf = async (id: string) => (await shop.pay.payments.get(id))?.state;
const facts = async (id: string) => (await shop.pay.payments.history(id)).map(({ fact }) => fact);
const send = (id: string, fields: Readonly<Record<string, string>>) =>
  shop.send(`/payments/${id}`, `/payments/${id}/record`, fields);

const optionsOf = (page: string) =>
  [...(/<select id="record-as".*?<\/select>/s.exec(page)?.[0] ?? "").matchAll(/value="(\w*)"/g)].map(([, as]) => as);
const hiddenOf = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]),
  );

describe("recording the outcome of a payment", () => {
  it("asks once more before it records, and then does so under the operator's name", async () => {
    const id = await shop.buy();
    expect(await shop.page(`/payments/${id}`)).toMatch(/name="amount" [^>]*value="19.99"/);
    const asked = await send(id, { as: "succeeded", amount: "19,99", note: "in the\r\npanel" });
    const page = await asked.text();
    expect([asked.status, await stateOf(id)]).toEqual([200, "pending"]);
    expect(page).toContain("This cannot be taken back.");
    const hidden = hiddenOf(page);
    expect(hidden).toMatchObject({ as: "succeeded", amount: "19.99", note: "in the\npanel" });
    const answer = await shop.request(`/payments/${id}/record`, form({ ...hidden, confirm: "yes" }));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `/console/payments/${id}?done=record`]);
    await idle();
    expect(await stateOf(id)).toBe("succeeded");
    expect((await facts(id)).slice(-2)).toMatchObject([
      { kind: "record", as: "succeeded", by: "Anna", note: "in the\npanel" },
      { kind: "succeeded", recorded: true },
    ]);
    const shown = await shop.page(`/payments/${id}?done=record`);
    expect(shown).toContain('role="status">The outcome was recorded.');
    expect(shown).toContain("An operator recorded the outcome");
    expect(shown).toContain("Recorded by hand: success");
    expect(shown).not.toContain('value="succeeded"');
  });

  it("speaks Polish, and keeps it", async () => {
    const id = await shop.buy();
    const address = `/payments/${id}`;
    const page = await (
      await shop.send(`${address}?lang=pl`, `${address}/record?lang=pl`, { as: "canceled", amount: "" })
    ).text();
    expect(page).toContain("Sklep dowie się, że płatność anulowano.");
    const answer = await shop.send(`${address}?lang=pl`, `${address}/record?lang=pl`, {
      as: "canceled",
      confirm: "yes",
    });
    expect(answer.headers.get("location")).toBe(`/console/payments/${id}?lang=pl&done=record`);
    expect(await stateOf(id)).toBe("canceled");
  });

  it("says that another amount opens a review, and shows it", async () => {
    const id = await shop.buy();
    const fields = { as: "succeeded", amount: "1 500,00" };
    const page = await (await send(id, fields)).text();
    expect(page).toContain("The amount differs from the payment&#39;s own, PLN\u00a019.99.");
    const answer = await send(id, { ...fields, confirm: "yes" });
    expect(answer.headers.get("location")).toBe(`/console/payments/${id}?done=recordReview`);
    expect(await stateOf(id)).toBe("pending");
    expect((await shop.pay.reviews.list()).reviews.map(({ kind }) => kind)).toEqual(["amount_mismatch"]);
  });

  it("offers a success alone where the payment is closed, and what went back where it is paid", async () => {
    const id = await shop.buy();
    await shop.pay.cancel(id);
    const page = await shop.page(`/payments/${id}`);
    expect(page).toContain('<option value="succeeded">');
    expect(page).not.toContain('<option value="canceled">');
    await send(id, { as: "succeeded", amount: "19.99", confirm: "yes" });
    expect(await stateOf(id)).toBe("succeeded");
    const paid = await shop.page(`/payments/${id}`);
    expect(paid).not.toContain("Record the outcome");
    expect(optionsOf(paid)).toEqual(["", "refunded", "reversed"]);
  });

  it.each([
    [{ as: "" }, "as", "Choose what to record."],
    [{ as: "reversed" }, "as", "Choose what to record."],
    [{ as: "succeeded", amount: "a lot" }, "amount", "Not an amount."],
    [{ as: "succeeded", amount: "19.999" }, "amount", "Not an amount."],
    [{ as: "failed", note: "x".repeat(2001) }, "note", "at most 2,000"],
  ])("changes nothing and says at the field what is wrong, also once confirmed: %j", async (fields, field, why) => {
    const id = await shop.buy();
    const before = await facts(id);
    for (const confirm of ["", "yes"]) {
      const answer = await send(id, { amount: "19.99", note: "kept", ...fields, confirm });
      const page = await answer.text();
      expect(answer.status).toBe(400);
      expect(page).toContain('role="alert"');
      expect(page).toMatch(new RegExp(`id="record-${field}-wrong">[^<]*${why}`));
      if (!("note" in fields)) expect(page).toContain(">kept</textarea>");
    }
    expect(await facts(id)).toEqual(before);
  });

  it("comes too late where the gateway was faster, and says so", async () => {
    const id = await shop.buy();
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    const before = await facts(id);
    const other = await shop.buy({ orderId: "order-2" });
    const late = await shop.send(`/payments/${other}`, `/payments/${id}/record`, { as: "failed", confirm: "yes" });
    expect(late.status).toBe(409);
    expect(await late.text()).toContain("The payment has already succeeded.");
    expect(await facts(id)).toEqual(before);
  });

  it("needs the form of this console, and a payment that there is", async () => {
    const id = await shop.buy();
    const forged = await shop.request(
      `/payments/${id}/record`,
      form({ token: "1.x", as: "succeeded", confirm: "yes" }),
    );
    expect([forged.status, await stateOf(id)]).toEqual([403, "pending"]);
    const missing = "pay_06erx0000000000000000000zz";
    expect((await shop.send(`/payments/${id}`, `/payments/${missing}/record`, { as: "failed" })).status).toBe(404);
  });
});

describe("recording money of a paid payment that went back", () => {
  const refunds = async (id: string) =>
    (await shop.pay.payments.refunds(id)).map(({ amount, providerReference, status }) => [
      amount.value,
      status,
      providerReference,
    ]);
  async function paid() {
    const id = await shop.buy();
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    return id;
  }

  it("asks once more before it counts a refund, and then does so under the operator's name", async () => {
    const id = await paid();
    const asked = await send(id, { as: "refunded", amount: "5,00", reference: " R-7120 ", note: "in the panel" });
    const page = await asked.text();
    expect([asked.status, await refunds(id)]).toEqual([200, []]);
    expect(page).toContain("no more than the rest can be refunded");
    expect(page).toMatch(/Amount that went back<\/dt><dd>PLN\u00a05.00/);
    const answer = await shop.request(`/payments/${id}/record`, form({ ...hiddenOf(page), confirm: "yes" }));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `/console/payments/${id}?done=record`]);
    expect(await refunds(id)).toEqual([[500, "succeeded", "R-7120"]]);
    expect((await facts(id)).slice(-2)).toMatchObject([
      { kind: "record", as: "refunded", amount: { value: 500 }, by: "Anna", note: "in the panel" },
      { kind: "refund_succeeded", recorded: true },
    ]);
    const shown = await shop.page(`/payments/${id}`);
    expect(shown).toContain("Recorded by hand: refunded");
    expect(shown).not.toContain("The gateway reported: refunded");
  });

  it("counts two equal refunds of two forms, and each once however often its button is pressed", async () => {
    const id = await paid();
    for (const _ of [1, 2]) {
      const page = await (await send(id, { as: "refunded", amount: "5" })).text();
      const pressed = form({ ...hiddenOf(page), confirm: "yes" });
      for (const answer of [
        await shop.request(`/payments/${id}/record`, pressed),
        await shop.request(`/payments/${id}/record`, pressed),
      ]) {
        expect([answer.status, answer.headers.get("location")]).toEqual([303, `/console/payments/${id}?done=record`]);
      }
    }
    expect(await refunds(id)).toEqual([
      [500, "succeeded", undefined],
      [500, "succeeded", undefined],
    ]);
  });

  it("counts all of it as taken back, with a review, and then offers nothing more", async () => {
    const id = await paid();
    const page = await (await send(id, { as: "reversed", amount: "" })).text();
    expect(page).toContain("all of the money was taken back");
    await shop.request(`/payments/${id}/record`, form({ ...hiddenOf(page), confirm: "yes" }));
    expect((await shop.pay.reviews.list()).reviews.map(({ kind }) => kind)).toEqual(["reversed"]);
    expect((await facts(id)).at(-1)).toEqual({ kind: "reversed", recorded: true });
    expect(await shop.page(`/payments/${id}`)).not.toContain('id="record"');
    const late = await send(id, { as: "refunded", amount: "5", confirm: "yes" });
    expect([late.status, await refunds(id)]).toEqual([409, []]);
  });

  it("still offers both where what the gateway took back is another of its payments", async () => {
    const id = await paid();
    const { merchantReference } = shop.cards.creates.at(-1)!;
    await shop.hear({ merchantReference, providerReference: `R-${id}-2`, status: "reversed" });
    const [review, ...others] = (await shop.pay.reviews.list()).reviews;
    expect([review?.kind, others]).toEqual(["reference_mismatch", []]);
    expect(optionsOf(await shop.page(`/payments/${id}`))).toEqual(["", "refunded", "reversed"]);
    // Accepted, it was this payment's money.
    await shop.pay.reviews.resolve(review!.id, { action: "accept" });
    expect(await shop.page(`/payments/${id}`)).not.toContain('id="record"');
  });

  it("speaks Polish", async () => {
    const id = await paid();
    const address = `/payments/${id}`;
    expect(await shop.page(`${address}?lang=pl`)).toContain("Zapisz zwrot lub cofnięcie zapłaty");
    const fields = { as: "refunded", amount: "1 500,00", confirm: "yes" };
    const answer = await shop.send(`${address}?lang=pl`, `${address}/record?lang=pl`, fields);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toMatch(/id="record-amount-wrong">To więcej, niż zostało z tej płatności\./);
  });

  it.each<[Record<string, string>, string, string]>([
    [{ as: "" }, "as", "Choose what to record."],
    [{ as: "refunded", amount: "" }, "amount", "Write the amount that went back"],
    [{ as: "refunded", amount: "a lot" }, "amount", "Write the amount that went back"],
    [{ as: "reversed" }, "amount", "Money taken back means all of it."],
    [{ as: "refunded", reference: "x".repeat(201) }, "reference", "at most 200"],
    [{ as: "refunded", note: "x".repeat(2001) }, "note", "at most 2,000"],
  ])("changes nothing and says at the field what is wrong, also once confirmed: %j", async (fields, field, why) => {
    const id = await paid();
    const before = await facts(id);
    for (const confirm of ["", "yes"]) {
      const answer = await send(id, { amount: "5.00", reference: "kept", ...fields, confirm });
      const page = await answer.text();
      expect(answer.status).toBe(400);
      expect(page).toContain('<a href="#record">Go to the form</a>');
      expect(page).toMatch(new RegExp(`id="record-${field}-wrong">[^<]*${why}`));
      if (!("reference" in fields)) expect(page).toContain('value="kept"');
    }
    expect(await facts(id)).toEqual(before);
  });

  it("sends the operator to the refund under way of this amount, which it may be", async () => {
    await shop.pay.close();
    shop = await createShop({}, { can: { refund: async () => ({ kind: "pending", providerReference: "F1" }) } });
    const id = await paid();
    await shop.pay.refund("cards", id, { amount: { value: 500, currency: "PLN" }, idempotencyKey: "basket" });
    const answer = await send(id, { as: "refunded", amount: "5.00", confirm: "yes" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/id="record-amount-wrong">A refund of this amount has not ended\./);
    expect(await refunds(id)).toEqual([[500, "pending", "F1"]]);
  });
});
