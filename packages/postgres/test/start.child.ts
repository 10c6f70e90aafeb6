// Starts a store on the database it is given, once it is told to, and tells how that ended.
import { once } from "node:events";
import { postgresStore } from "../src/store.ts";

const store = postgresStore(process.argv[2] ?? "");
process.send?.("ready");
await once(process, "message");
try {
  await store.start();
  await store.openReviews(1);
  await store.close();
  process.send?.("started");
} catch (error) {
  process.send?.(String(error));
}
process.disconnect();
