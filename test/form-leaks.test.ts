import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type AnyPay, createPay, type PaymentEvent } from "@pay/core";
import { parseProviderReference } from "@pay/core/adapter";
import { fakeProvider } from "@pay/core/testing";
import { createPayServer } from "@pay/node";
import { sqliteStore } from "@pay/sqlite";
import { createBell } from "./support/bell.ts";
import { type Database, openDatabase } from "./support/database.ts";
import { quietLogger } from "./support/quiet-logger.ts";
import { SECRET } from "./support/secret.ts";
import { REQUEST } from "./support/two-pays.ts";

const CANARY = "Canary-7c1d-of-the-form";
const FORMS = [CANARY, Buffer.from(CANARY).toString("base64").slice(0, 20), Buffer.from(CANARY).toString("hex")];

let folder: string;
let database: Database;
let close: () => Promise<unknown>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pay-forms-"));
  database = openDatabase(join(folder, "pay.db"));
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

/** A shop behind a real server, whose gateway requires a form with a secret. */
async function startShop() {
  const cards = fakeProvider();
  cards.onCreate = ({ paymentId }) => ({
    kind: "accepted",
    providerReference: parseProviderReference(`R-${paymentId}`)!,
    next: { kind: "form", url: "https://gateway.example/pay", fields: { SEKRET: CANARY } },
  });
  const logger = quietLogger();
  const handled: PaymentEvent[] = [];
  const bell = createBell();
  let pay: AnyPay;
  const server = createPayServer({ fetch: (request) => pay.fetch(request) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/pay`;
  const store = sqliteStore(database.path);
  pay = createPay({ providers: { cards }, store, baseUrl, secret: SECRET, logger });
  pay.on("payment.succeeded", "vip", (event) => {
    handled.push(event);
    bell.ring();
  });
  await pay.start();
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await pay.close();
  };
  return { pay, baseUrl, handled, logger, until: bell.until };
}

describe("what a form holds", () => {
  it("is in the buyer's browser alone: not in the database, the log, the result, the history or an event", async () => {
    const { baseUrl, handled, logger, pay, until } = await startShop();
    const payment = await pay.checkout(REQUEST);
    const address = payment.next.kind === "redirect" ? payment.next.url : "";
    expect(address).toMatch(new RegExp(`^${baseUrl}/redirect/${payment.id}/`));
    const sealed = database.column("SELECT next FROM payment");
    expect(sealed).toEqual([expect.stringMatching(/^\{"kind":"form","sealed":"[0-9a-f]{8}\.[\w-]+"\}$/)]);
    const files = [database.bytes()];

    const pages = [await fetch(address), await fetch(address)];
    expect(pages.map(({ status }) => status)).toEqual([200, 200]);
    expect(await pages[0]?.text()).toContain(CANARY);
    const body = JSON.stringify({ status: "succeeded", providerReference: payment.providerReference });
    expect((await fetch(`${baseUrl}/callbacks/cards`, { method: "POST", body })).status).toBe(200);
    await until(() => handled.length === 1);
    files.push(database.bytes());
    expect((await fetch(address)).status).toBe(410);
    expect(database.column("SELECT next FROM payment")).toEqual(['{"kind":"wait"}']);

    const history = await pay.payments.history(payment.id);
    expect(history.map(({ fact }) => fact.kind)).toEqual(["opened", "create_accepted", "form_opened", "succeeded"]);
    const seen = JSON.stringify([payment, handled, logger.lines, history, await pay.payments.get(payment.id)]);
    for (const text of FORMS) {
      expect(seen).not.toContain(text);
      for (const file of files) expect(file.includes(text)).toBe(false);
    }
  });
});
