import type { Story } from "./purchase.ts";

/** Every difference from the expected purchase, in words. Empty if there is none. */
export function differences(story: Story): readonly string[] {
  const { plan, payment, history, callbacks, heard, deliveries, returnedTo } = story;
  const states = history.map(({ to }) => to).join(", ");
  const accepted = callbacks.filter(({ verdict }) => verdict.kind === "accepted").length;
  const checks: readonly (readonly [boolean, string])[] = [
    [payment.state === "succeeded", `the payment is ${payment.state}, not succeeded`],
    [states === "created, pending, succeeded", `the states were ${states}`],
    [callbacks.length === plan.callbacks, `${callbacks.length} callbacks came, not ${plan.callbacks}`],
    [accepted === callbacks.length, `the gateway accepted ${accepted} of ${callbacks.length} answers`],
    [heard.length === 1, `the shop's handler was called ${heard.length} times, not once`],
    [heard[0]?.type === "payment.succeeded", `the shop heard ${heard[0]?.type}`],
    [deliveries.length === 1 && deliveries[0]?.status === "delivered", "the delivery is not marked as delivered"],
    [plan.provider !== "psc" || returnedTo.includes(payment.id), "the buyer was not sent to the payment's return page"],
  ];
  return checks.filter(([holds]) => !holds).map(([, difference]) => difference);
}
