import type { Gateway, Transaction } from "./gateway.ts";
import { FORGED } from "./places.ts";
import { BASE_URL, type Slot } from "./process.ts";
import type { World } from "./world.ts";

/** An attacker who knows the form of callbacks, but no secret. */
export function createIntruder(world: World, slots: readonly Slot[], { transactions }: Gateway): () => void {
  const { dice, trace, violate } = world;
  let count = 0;

  return () => {
    const up = dice.pick(slots).up();
    if (up === undefined || transactions.length === 0) return;
    const target = dice.pick(transactions);
    const request = forgery(world, `${FORGED}-${count++}`, target, dice.pick(transactions));
    up.fetch(request).then(async (response) => {
      const text = await response.text();
      trace.note(`  the intruder gets ${response.status} ${text}`);
      if (response.ok || text === "OK") violate("forged callbacks are not acknowledged", request.url);
    });
  };
}

function forgery({ dice }: World, word: string, target: Transaction, other: Transaction): Request {
  const body = JSON.stringify({
    word,
    status: "succeeded",
    providerReference: target.providerReference,
    reference: target.request.merchantReference,
  });
  const own = target.request.callbackUrl;
  const foreign = other.request.callbackUrl;
  const address = `${BASE_URL}/callbacks`;
  const altered = `${own.slice(0, -1)}${own.endsWith("A") ? "B" : "A"}`;
  const token = (url: string) => url.slice(url.lastIndexOf("/") + 1);
  const moved =
    other === target
      ? altered
      : `${address}/psc/${target.paymentId}/${foreign.includes("/psc/") ? token(foreign) : "x"}`;
  return dice.pick([
    () => new Request(`${address}/cards`, { method: "POST", body }),
    () => new Request(`${address}/cards?secret=guess`, { method: "POST", body }),
    () => new Request(`${address}/cards?secret=`, { method: "POST", body }),
    () => new Request(`${address}/psc`, { method: "POST", body }),
    () => new Request(altered === own ? `${own}x` : altered, { method: "POST", body }),
    () => new Request(moved, { method: "POST", body }),
    () => new Request(own, { method: "GET" }),
    () => new Request(own.includes("/psc/") ? own : `${own}?secret=`, { method: "POST", body: body.slice(1) }),
  ])();
}
