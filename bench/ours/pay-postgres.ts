import { postgresStore } from "@pay/postgres";
import { servePay } from "./serve-pay.ts";

export default async function serve({ url }: { url: string }) {
  return servePay(postgresStore(url));
}
