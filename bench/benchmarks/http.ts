import { join } from "node:path";
import { against, rates } from "../harness/against.ts";
import { atLeast, type Benchmark } from "../harness/benchmark.ts";
import { selllyCallback } from "../harness/callbacks.ts";
import { ratioOf } from "../harness/pairs.ts";
import { openPayment } from "../seed/records.ts";

/** HTTP, parsing and authentication only: callbacks with a wrong secret never reach the store. */
export const http: Benchmark = {
  name: "http",
  async run(context) {
    const { record } = openPayment("cards", Date.now());
    const genuine = selllyCallback(record);
    const size = context.isShort ? 4_000 : 40_000;
    const targets = Array.from({ length: (context.pairs + 1) * size }, (_, n) => ({
      ...genuine,
      path: genuine.path.replace(/secret_key=[^&]*/, `secret_key=${String(n).padStart(64, "0")}`),
    }));
    const bare = { module: new URL("../references/http.ts", import.meta.url), options: {}, expect: "200 OK" };
    const path = join(context.folder, "empty.db");
    const ours = {
      module: new URL("../ours/pay-sqlite.ts", import.meta.url),
      options: { path },
      expect: "400 Refused.",
    };
    const pairs = await against(context, bare, ours, { connections: 64, targets, stayAwake: true });
    return [
      {
        what: "HTTP layer alone (authenticate and refuse) ÷ bare node:http",
        goal: atLeast(0.65),
        measured: ratioOf(pairs, ({ rate }) => rate),
        detail: rates(pairs),
      },
    ];
  },
};
