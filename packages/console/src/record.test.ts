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

describe("recording the outcome of a payment", () => {
  it("asks once more before it records, and then does so under the operator's name", async () => {
    const id = await shop.buy();
    expect(await shop.page(`/payments/${id}`)).toMatch(/name="amount" [^>]*value="19.99"/);
    const asked = await send(id, { as: "succeeded", amount: "19,99", note: "in the\r\npanel" });
    const page = await asked.text();
    expect([asked.status, await stateOf(id)]).toEqual([200, "pending"]);
    expect(page).toContain("This cannot be taken back.");
    const hidden = Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]),
    );
    expect(hidden).toMatchObject({ as: "succeeded", amount: "19.99", note: "in the\npanel" });
    const { token, ...fields } = hidden as Record<string, string>;
    const answer = await shop.request(`/payments/${id}/record`, form({ token: token!, ...fields, confirm: "yes" }));
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
    expect(shown).not.toContain('id="record"');
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
    expect((await shop.pay.reviews.list()).map(({ kind }) => kind)).toEqual(["amount_mismatch"]);
  });

  it("offers a success alone where the payment is closed, and nothing where it is paid", async () => {
    const id = await shop.buy();
    await shop.pay.cancel(id);
    const page = await shop.page(`/payments/${id}`);
    expect(page).toContain('<option value="succeeded">');
    expect(page).not.toContain('<option value="canceled">');
    await send(id, { as: "succeeded", amount: "19.99", confirm: "yes" });
    expect(await stateOf(id)).toBe("succeeded");
    expect(await shop.page(`/payments/${id}`)).not.toContain("Record the outcome");
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
