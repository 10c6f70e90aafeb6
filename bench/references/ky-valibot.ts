import ky from "ky";
import * as v from "valibot";
import { inTurns } from "../harness/in-turns.ts";

const Created = v.object({ status: v.literal(200), id: v.string(), redirect_url: v.pipe(v.string(), v.url()) });

/** The request of a checkout by hand: ky, configured once with the same timeout, and valibot for the answer. */
export default async function serve({ gateway }: { gateway: string }) {
  const http = ky.create({ retry: 0, timeout: 30_000, redirect: "manual" });
  async function create() {
    const body = new URLSearchParams({
      shop_id: "SHOP1",
      secret_key: "s3cret-key",
      operator: "cashbill",
      currency_code: "PLN",
      price: "19.99",
      language_code: "pl",
      buyer_email: "buyer@example.com",
      ip: "203.0.113.7",
    });
    return v.parse(Created, await http.post(`${gateway}/pay`, { body }).json());
  }
  return { run: (count: number) => inTurns(count, create), async close() {} };
}
