// A process that serves callbacks as a shop does, on a SQLite file: `callback.child.ts <path> [pages per checkpoint]`.
// Its gateway is in memory, and the test's bell rings after every call of the store.

import { flushCompileCache } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { createPay, type PaymentStore } from "@pay/core";
import { fakeProvider } from "@pay/core/testing";
import { createPayServer } from "@pay/node";
import { sqliteStore } from "@pay/sqlite";
import { listening } from "../../packages/node/test/listening.ts";
import { SECRET } from "./secret.ts";
import { watchedStore } from "./watched-store.ts";

/** Messages from the process. */
export type Said =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "opened"; readonly id: string; readonly providerReference: string }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "heard"; readonly id: string }
  | { readonly kind: "stored" };
/** Requests to the process. */
export type Asked = { readonly kind: "checkout"; readonly orderId: string } | { readonly kind: "close" };

// A process that is killed keeps nothing for the next one.
flushCompileCache();

const [path = "", pages] = process.argv.slice(2);
const say = (said: Said) => process.connected && process.send?.(said);

if (pages !== undefined) {
  // Frequent checkpoints, so that a short run has some.
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function withCheckpoints(sql) {
    exec.call(this, sql);
    if (sql.startsWith("PRAGMA journal_mode")) exec.call(this, `PRAGMA wal_autocheckpoint = ${Number(pages)}`);
  };
}

let url = "";
const store: PaymentStore = watchedStore(sqliteStore(path), new Set(), () => say({ kind: "stored" }));
const pay = createPay({
  providers: { cards: fakeProvider() },
  store,
  baseUrl: "https://shop.example/pay",
  secret: SECRET,
});
pay.on("payment.succeeded", "shop", ({ payment }) => {
  say({ kind: "heard", id: payment.id });
});
const server = createPayServer(pay);
// The parent process has ended.
process.once("disconnect", () => process.exit());

process.on("message", async (asked: Asked) => {
  if (asked.kind === "close") {
    server.close();
    server.closeAllConnections();
    await pay.close();
    process.disconnect();
    return;
  }
  try {
    const { id } = await pay.checkout({
      orderId: asked.orderId,
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      providerName: "cards",
      returnUrl: "https://shop.example/thanks",
      buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
    });
    say({ kind: "opened", id, providerReference: `R-${id}` });
  } catch (error) {
    say({ kind: "failed", code: (error as { code: string }).code });
  }
});

try {
  await pay.start();
  ({ url } = await listening(server));
  say({ kind: "listening", url });
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  say({ kind: "refused", code, message });
  process.disconnect();
}
