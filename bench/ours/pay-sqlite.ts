import { sqliteStore } from "@pay/sqlite";
import { servePay } from "./serve-pay.ts";

export default async function serve({ path }: { path: string }) {
  return servePay(sqliteStore(path));
}
