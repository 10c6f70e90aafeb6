import { createHash } from "node:crypto";
import type { ProviderFixtures, Signature } from "../../src/index.ts";
import type { Mutation } from "./mutation.ts";

/** Fixtures of a gateway that repeats what it signs in a field that it does not sign. */
function repeating({ callbacks, ...rest }: ProviderFixtures): ProviderFixtures {
  const [key] = (callbacks.proof as Signature).keys.accepted;
  const recorded = callbacks.recorded.map(({ callback, gives }) => {
    const { args, cmd } = JSON.parse(callback.body ?? "{}");
    const sign = createHash("sha256").update([cmd, args, key].join("|")).digest("hex");
    return { callback: { ...callback, body: JSON.stringify({ cmd, args, reference: args, sign }) }, gives };
  });
  return { ...rest, callbacks: { ...callbacks, recorded } };
}

/** Mistakes that hide while the gateway's messages are exactly those of its document. */
export const BEYOND_EXAMPLES: readonly Mutation[] = [
  {
    adapter: "beacon",
    mistake: "puts the request's JSON together as text",
    costs: "a nickname with a quotation mark in it sets the price",
    noticedBy: "create sends the shop's texts as they are, and lets none become a field",
    from: "body: JSON.stringify({ amount: amount.value, description, callback: callbackUrl }),",
    to: 'body: `{"amount":${amount.value},"description":"${description}","callback":"${callbackUrl}"}`,',
  },
  {
    adapter: "beacon",
    mistake: "sends Polish letters as the bytes of another encoding",
    costs: "buyers read garbled titles, and signatures over them differ",
    noticedBy: "create sends the shop's texts as they are, and lets none become a field",
    from: "amount: amount.value, description,",
    to: 'amount: amount.value, description: Buffer.from(description).toString("latin1"),',
  },
  {
    adapter: "whisper",
    mistake: "refuses a notification with a field that it does not know",
    costs: "the gateway adds a field one day, and no success arrives any more",
    noticedBy: "reads callbacks and answers alike when the gateway adds a field",
    from: "const Changed = v.object(",
    to: "const Changed = v.strictObject(",
  },
  {
    adapter: "acme",
    mistake: "reads no answer with a field that it does not know",
    costs: "the gateway adds a field one day, and every payment is unknown",
    noticedBy: "reads callbacks and answers alike when the gateway adds a field",
    from: "const Created = v.object(",
    to: "const Created = v.strictObject(",
  },
  {
    adapter: "acme",
    mistake: "wants a content type without a charset",
    costs: "the gateway or a proxy writes it otherwise, and no success arrives any more",
    noticedBy: "reads callbacks under each spelling of their content type, and without one",
    from: "if (!isAuthentic) return",
    to: 'if (!isAuthentic || request.headers.get("content-type") !== "application/json") return',
  },
  {
    adapter: "whisper",
    mistake: "takes the payment's name from a field that is not signed",
    costs: "one genuine notification, changed on its way, pays for any order",
    noticedBy: "takes the payment's merchantReference from the callback, and no text that cannot be one",
    from: 'return { kind: "check_status", about: { merchantReference: args } };',
    to: 'return { kind: "check_status", about: { merchantReference: request.json().reference } };',
    fixtures: repeating,
  },
  {
    adapter: "rumor",
    mistake: "takes any word of an answer for a payment that was taken",
    costs: "an error with status 200 counts as a payment, and the buyer waits",
    noticedBy: "create is accepted by no answer that says error, failed or refused",
    from: 'v.literal("taken")',
    to: "v.string()",
  },
  {
    adapter: "mint",
    mistake: "puts the gateway's name for a payment into an address as it came",
    costs: "a name with a slash or a question mark refunds another payment, or none",
    noticedBy: "refund writes the gateway's name for the payment into its address as one piece",
    from: "url: `${orders}/${encodeURIComponent(providerReference)}/refunds`,",
    to: "url: `${orders}/${providerReference}/refunds`,",
  },
  {
    adapter: "acme",
    mistake: "reads times by the machine's time zone",
    costs: "payments expire hours too early on one machine, and too late on another",
    noticedBy: "create reads times alike in every time zone",
    from: "expiresAt: Date.parse(expires)",
    to: 'expiresAt: Date.parse(expires.replace("Z", ""))',
  },
  {
    adapter: "toll",
    mistake: "takes a currency that it does not know for PLN",
    costs: "19.99 of a cheaper currency pay for 19.99 PLN",
    noticedBy: "reports the currency that the callback states",
    from: 'const currency = CURRENCIES.find((one) => one === form.get("currency"));',
    to: 'const currency = form.get("currency") === "EUR" ? "EUR" : form.get("currency") && "PLN";',
  },
  {
    adapter: "mint",
    mistake: "checks the signature of the body as it would write it",
    costs: "genuine notifications with other spaces or escapes are refused",
    noticedBy: "reads each recorded callback as documented",
    from: "update(request.rawBody)",
    to: "update(JSON.stringify(request.json()))",
  },
  {
    adapter: "acme",
    mistake: "takes a conflict for a refusal of the refund",
    costs: "the refund exists already; the shop refunds again, and the money goes back twice",
    noticedBy: "refund is unknown when the gateway answers 5xx, 408 or 409 and no code of its own",
    from: 'if (refunded.kind !== "answered") return refunded;',
    to: 'if (refunded.kind !== "answered") return /409/.test(refunded.cause) ? { kind: "rejected", code: "declined", retryable: false } : refunded;',
  },
  {
    adapter: "mint",
    mistake: "states the amount that was asked for in place of the gateway's",
    costs: "a buyer who paid one grosz gets the goods",
    noticedBy: "retrieve reads each documented answer as documented",
    from: "return reportOf(sent.body);",
    to: "return { ...reportOf(sent.body), amount: arguments[0].amount };",
  },
  {
    adapter: "acme",
    mistake: "knows a second word for a success, which its author never looked up",
    costs: "an order is delivered of which a part was paid",
    noticedBy: "knows no word for a status that no recorded callback shows",
    from: '["waiting", "pending"],',
    to: '["waiting", "pending"], ["part_paid", "succeeded"],',
  },
  {
    adapter: "acme",
    mistake: "knows a second word for a refund that is done, which its author never looked up",
    costs: "the shop tells a buyer that the money is back, and it is not",
    noticedBy: "knows no word for a status that no recorded callback shows",
    from: '["refused", "failed"],',
    to: '["refused", "failed"], ["announced", "succeeded"],',
  },
  {
    adapter: "rumor",
    mistake: "knows a second word for a success in answers, which its author never looked up",
    costs: "an order is delivered of which a part was paid",
    noticedBy: "retrieve knows no word for a status that neither an answer nor a callback of the fixtures shows",
    from: 'state === "PAID" ?',
    to: 'state === "PAID" || state === "PARTLY" ?',
  },
];
