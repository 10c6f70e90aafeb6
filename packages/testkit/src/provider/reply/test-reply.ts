import assert from "node:assert/strict";
import type { CallbackOutcome, CallbackReply, ParsedCallback, Payment } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import { deliver } from "../receive/deliver.ts";
import { PAYMENT_ID, RETURN_HOST, RETURN_URL, type Subject } from "../subject.ts";
import { assertHides, privateTexts, secretsOf } from "../texts/secrets.ts";

const COMMITTED = ["applied", "duplicate", "under_review", "status_check_scheduled"] as const;
const STATES: readonly Payment["state"][] = [
  ...(["created", "pending", "unknown", "succeeded"] as const),
  ...(["failed", "expired", "canceled"] as const),
];
const REFUSALS: readonly CallbackOutcome[] = [
  { kind: "refused", reason: "unauthenticated" },
  { kind: "refused", reason: "malformed" },
];
const RETURN_URLS: readonly string[] = [
  RETURN_URL.success,
  `https://${RETURN_HOST}/?q="'<script>&a=%22%0d%0aSet-Cookie:x=1&payment=${PAYMENT_ID}`,
];

/** Tests the replies to callbacks. */
export function testReply(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { isAcknowledgement, ...replies } = fixtures.replies;

  for (const kind of [...COMMITTED, "unknown_payment", "refused", "error"] as const) {
    check(`answers ${kind} with exactly the documented bytes`, async () => {
      for (const returnUrl of RETURN_URLS) {
        for (const outcome of outcomesOf(subject, kind, returnUrl)) {
          const expected = replies[kind];
          const reply = await replyTo(subject, outcome);
          same(plain(reply), plain(typeof expected === "function" ? expected(returnUrl) : expected));
          same(await replyTo(subject, outcome), reply, "the second time as the first");
        }
      }
    });
  }

  check("acknowledges each committed callback, so that the gateway stops sending it", async () => {
    await each(await parsedOf(subject), async ({ parsed }) => {
      for (const kind of [...COMMITTED, "unknown_payment"] as const) {
        for (const outcome of outcomesOf(subject, kind, RETURN_URL.success)) {
          const of = "payment" in outcome ? ` of a payment that is ${outcome.payment.state}` : "";
          assert.ok(isAcknowledgement(await replyTo(subject, outcome, parsed)), `${kind}${of} is acknowledged`);
        }
      }
    });
  });

  check("never acknowledges a refused or unstored callback", async () => {
    const taken = await Promise.all(
      outcomesOf(subject, "applied", RETURN_URL.success).map((outcome) => replyTo(subject, outcome)),
    );
    await each(await parsedOf(subject), async ({ parsed }) => {
      for (const outcome of [...REFUSALS, { kind: "error" } as const]) {
        const reply = await replyTo(subject, outcome, parsed);
        assert.ok(!isAcknowledgement(reply), `${outcome.kind} is not acknowledged`);
        for (const { body, status } of taken) {
          assert.ok(
            reply.status !== status || reply.body !== body,
            `${outcome.kind} is answered otherwise than applied`,
          );
        }
      }
    });
  });

  check("answers a refused callback with 4xx and an unstored one with 5xx", async () => {
    for (const outcome of REFUSALS) {
      const { status } = await replyTo(subject, outcome);
      // A proxy that gets 5xx sends the callback on to other servers, and takes this one out of service for everybody.
      assert.ok(status >= 400 && status < 500, `${outcome.kind} is answered 4xx, not ${status}`);
    }
    const { status } = await replyTo(subject, { kind: "error" });
    assert.ok(status >= 500, `error is answered 5xx, not ${status}`);
  });

  check("answers every refusal alike, so that guessing teaches nothing", async () => {
    const [first, second] = await Promise.all(REFUSALS.map((outcome) => replyTo(subject, outcome)));
    same(first, second);
  });

  check("sends the buyer's return address in the reply exactly if the traits say so", async () => {
    const isPromised = provider.traits.returnUrl === "reply";
    for (const kind of COMMITTED) {
      for (const outcome of outcomesOf(subject, kind, RETURN_URL.success)) {
        const { body, headers } = await replyTo(subject, outcome);
        const shown = `${body}${JSON.stringify(headers)}`.replaceAll("\\/", "/");
        assert.equal(shown.includes(RETURN_HOST), isPromised);
      }
    }
  });

  check("answers nothing private, and in headers nothing that splits them", async () => {
    const texts = [...secretsOf(subject), ...privateTexts(subject), ...(fixtures.callbacks.personal ?? [])];
    await each(recordedOf(subject), async ({ callback }) => {
      const parsed = await deliver(provider, callback);
      for (const kind of [...COMMITTED, "unknown_payment", "refused", "error"] as const) {
        for (const outcome of outcomesOf(subject, kind, RETURN_URLS[1]!)) {
          const reply = await replyTo(subject, outcome, parsed);
          assertHides(reply, texts, "a reply");
          for (const value of Object.values(reply.headers ?? {})) assert.match(value, /^[\t\x20-\x7e]*$/);
        }
      }
    });
  });
}

function outcomesOf(subject: Subject, kind: CallbackOutcome["kind"], returnUrl: string): readonly CallbackOutcome[] {
  switch (kind) {
    case "refused":
      return REFUSALS;
    case "unknown_payment":
      return [{ kind, returnUrl }];
    case "error":
      return [{ kind }];
    case "applied":
    case "duplicate":
    case "under_review":
    case "status_check_scheduled":
      return STATES.map((state) => ({
        kind,
        payment: paymentOf(subject, state),
        returnUrl,
      }));
    default:
      return kind satisfies never;
  }
}

function paymentOf({ fixtures, provider }: Subject, state: Payment["state"]): Payment {
  const { amount, description } = fixtures.create.requests[0];
  return {
    id: PAYMENT_ID,
    orderId: "order-1",
    state,
    amount,
    description,
    providerName: "providerName",
    adapter: provider.name,
    merchantAccount: provider.merchantAccount,
    createdAt: 0,
    updatedAt: 0,
    expiresAt: 0,
  };
}

/** What `reply` is told that the adapter read: nothing, or each recorded callback. */
async function parsedOf(subject: Subject): Promise<readonly { label: string; parsed?: ParsedCallback }[]> {
  const read = recordedOf(subject).map(async ({ callback, label }) => ({
    label,
    parsed: await deliver(subject.provider, callback),
  }));
  return [{ label: "a callback that was not read" }, ...(await Promise.all(read))];
}

async function replyTo(
  { provider }: Subject,
  outcome: CallbackOutcome,
  parsed?: ParsedCallback,
): Promise<CallbackReply> {
  return provider.reply(outcome, parsed);
}

/** The reply with header names in lower case. */
function plain({ body, headers = {}, status }: CallbackReply): unknown {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { status, headers: Object.fromEntries(lower), body };
}
