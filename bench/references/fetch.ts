import { inTurns } from "../harness/in-turns.ts";

/** The request of a checkout with Node's own fetch only. It trusts the answer. */
export default async function serve({ gateway }: { gateway: string }) {
  async function create() {
    const body =
      "shop_id=SHOP1&secret_key=s3cret-key&operator=cashbill&currency_code=PLN&price=19.99&language_code=pl&buyer_email=buyer%40example.com&ip=203.0.113.7";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(`${gateway}/pay`, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(30_000),
    });
    return answer.json();
  }
  return { run: (count: number) => inTurns(count, create), async close() {} };
}
