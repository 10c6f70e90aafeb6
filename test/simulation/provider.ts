import type { PaymentId } from "@pay/core";
import {
  type Call,
  type CallbackOutcome,
  type CallbackReply,
  type CallbackRequest,
  type CreateOutcome,
  type CreateRequest,
  type ParsedCallback,
  PayError,
  type PaymentProvider,
  type ProviderTraits,
  parseProviderReference,
  type Retrieved,
} from "@pay/core/adapter";
import { type Gateway, type Kind, SECRETS } from "./gateway.ts";
import { ANSWER } from "./places.ts";
import type { Life, World } from "./world.ts";

type Provider = PaymentProvider<unknown, never>;

/** One process's adapter for a gateway: its calls take time, get lost on the way there or back, and end with the process. */
export function createProvider(world: World, life: Life, kind: Kind, gateway: Gateway, final: boolean): Provider {
  return {
    contract: 1,
    name: kind,
    merchantAccount: accountOf(kind),
    traits: {
      ...traitsOf(kind, final, gateway.provesHints),
      ...(kind === "bank" &&
        gateway.pendingUntilSeconds !== undefined && { pendingUntilSeconds: gateway.pendingUntilSeconds }),
    },
    requiredBuyerFields: [],
    create: (request) => create(world, life, kind, gateway, request),
    ...(kind === "bank" && { retrieve: ({ paymentId }) => retrieve(world, life, gateway, paymentId) }),
    receive: (request, call) => receive(kind, request, call),
    reply,
  };
}

export const accountOf = (kind: Kind): string => `${kind}:1`;

function traitsOf(kind: Kind, failureIsFinal: boolean, provesHints: boolean): ProviderTraits {
  const own = kind === "psc";
  return {
    currencies: ["PLN"],
    callback: {
      methods: ["POST"],
      correlation: own ? "callback-url" : "provider-reference",
      authentication: [own ? "callback-url" : kind === "cards" || provesHints ? "shared-secret" : "verify-by-retrieve"],
      amount: kind === "bank" && !provesHints ? "absent" : "unsigned",
    },
    failureIsFinal,
    returnUrl: "create",
    expiresAfterSeconds: own ? 90 : 150,
  };
}

function create(
  { dice, faults, timeline }: World,
  life: Life,
  kind: Kind,
  gateway: Gateway,
  request: CreateRequest<unknown>,
): Promise<CreateOutcome> {
  const { promise, resolve } = Promise.withResolvers<CreateOutcome>();
  const answer = (outcome: CreateOutcome) => {
    const delay = dice.below(faults.strike("answerIsSlow") ? 40_000 : 100);
    life.after(delay, `hears ${outcome.kind}`, () => resolve(outcome));
  };
  if (faults.strike("createNotSent")) {
    answer({ kind: "not_sent", cause: new Error("ECONNREFUSED") });
  } else if (faults.strike("createLost")) {
    answer({ kind: "unknown", cause: new Error("ECONNRESET") });
  } else {
    timeline.after(dice.below(100), `create of ${life.name} arrives at ${kind}`, () => {
      const outcome = gateway.create(kind, request);
      // Without an answer, the caller's own deadline ends the call.
      if (!faults.strike("answerLost")) answer(outcome);
      else if (dice.chance(0.5)) answer({ kind: "unknown", cause: new Error("ECONNRESET") });
    });
  }
  return promise;
}

function retrieve(
  { dice, faults, timeline }: World,
  life: Life,
  gateway: Gateway,
  paymentId: PaymentId,
): Promise<Retrieved> {
  const { promise, resolve, reject } = Promise.withResolvers<Retrieved>();
  timeline.after(dice.below(100), `question of ${life.name} arrives`, () => {
    const delay = dice.below(faults.strike("answerIsSlow") ? 40_000 : 100);
    const lost = faults.strike("answerLost");
    try {
      const transaction = gateway.retrieve(paymentId);
      const { amount, providerReference, says, saidAt } = transaction;
      const status = STATUSES.find((one) => one === says) ?? "unrecognized";
      // Without an answer, the caller's own deadline ends the call.
      if (lost) return;
      life.after(delay, `hears that ${providerReference} is ${says}`, () => {
        if (transaction.saidAt === saidAt) transaction.heardAt = timeline.now();
        const said = status === "unrecognized" ? { providerStatus: `${ANSWER}${says}` } : { amount };
        resolve({ status, providerReference, ...said });
      });
    } catch (error) {
      life.after(delay, `hears ${error}`, () => reject(error));
    }
  });
  return promise;
}

const STATUSES = ["succeeded", "failed", "pending", "reversed"] as const;

function receive(kind: Kind, request: CallbackRequest, _call: Call): ParsedCallback {
  if (kind !== "psc" && request.query.get("secret") !== SECRETS[kind]) {
    return { kind: "refused", reason: "unauthenticated", detail: "The secret is wrong." };
  }
  const { word, status, providerReference, reference, amount, eventId } = request.json() as Record<string, never>;
  const known = providerReference === undefined ? undefined : parseProviderReference(providerReference);
  const about = aboutOf(request, reference, known);
  if (word === undefined || about === undefined) throw new PayError("MALFORMED", "It says nothing.");
  if (kind === "bank") return { kind: "check_status", about, ...(known !== undefined && { providerReference: known }) };
  return {
    kind: "notification",
    about,
    ...(known !== undefined && { providerReference: known }),
    ...(eventId !== undefined && { eventId }),
    reported: {
      status: STATUSES.find((one) => one === status) ?? "unrecognized",
      providerStatus: word,
      ...(amount !== undefined && { amount: { value: amount, currency: "PLN" } }),
    },
  };
}

function aboutOf(
  { paymentId }: CallbackRequest,
  reference: string | undefined,
  providerReference: ReturnType<typeof parseProviderReference>,
) {
  if (paymentId !== undefined) return { paymentId };
  if (reference !== undefined) return { merchantReference: reference };
  return providerReference && { providerReference };
}

function reply({ kind }: CallbackOutcome): CallbackReply {
  if (kind === "refused") return { status: 401, body: "NO" };
  return kind === "error" ? { status: 503, body: "AGAIN" } : { status: 200, body: "OK" };
}
