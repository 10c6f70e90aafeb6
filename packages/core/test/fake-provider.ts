import type {
  BuyerField,
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  Capabilities,
  CreateOutcome,
  CreateRequest,
  PaymentProvider,
  ProviderTraits,
  Reception,
} from "../src/contract/provider.ts";
import { PayError } from "../src/model/errors.ts";
import { type PaymentId, type ProviderRef, providerRef } from "../src/model/ids.ts";

/** A gateway in memory. What it gets is kept in `creates` and `outcomes`; what it answers a test may replace at any time. */
export interface FakeProvider extends PaymentProvider<Readonly<Record<string, unknown>>, BuyerField> {
  readonly creates: CreateRequest<unknown>[];
  /** What `reply` was told, in order. */
  readonly outcomes: CallbackOutcome[];
  onCreate: (request: CreateRequest<unknown>, call: Call) => CreateOutcome | Promise<CreateOutcome>;
  onReceive: (request: CallbackRequest, call: Call) => Reception | Promise<Reception>;
  onReply: (outcome: CallbackOutcome) => CallbackReply | Promise<CallbackReply>;
}

export interface FakeProviderOptions {
  readonly name?: string;
  readonly account?: string;
  readonly needs?: readonly BuyerField[];
  readonly traits?: Partial<Omit<ProviderTraits, "callback">>;
  readonly callback?: Partial<ProviderTraits["callback"]>;
  readonly check?: FakeProvider["check"];
  /** What it can do besides. */
  readonly can?: Partial<Capabilities>;
}

/** Payment page and ref of a payment at the fake gateway. */
export const pageOf = (request: { readonly paymentId: PaymentId }): string =>
  `https://gateway.example/${request.paymentId}`;
export const ref = (text: string): ProviderRef => {
  const made = providerRef(text);
  if (made === undefined) throw new Error("not a ref");
  return made;
};

/** Accepts every create with the ref `R-<payment id>`, and reads callbacks by `readNotification`. */
export function fakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const { name = "fake", account = "fake:1", needs = [], traits, callback, check, can } = options;
  const creates: CreateRequest<unknown>[] = [];
  const outcomes: CallbackOutcome[] = [];
  const provider: FakeProvider = {
    contract: 1,
    name,
    account,
    needs,
    traits: {
      currencies: ["PLN", "EUR"],
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfter: 3600,
      ...traits,
      callback: {
        methods: ["POST"],
        correlation: "provider-ref",
        authentication: ["shared-secret"],
        amount: "signed",
        ...callback,
      },
    },
    ...(check && { check }),
    ...can,
    creates,
    outcomes,
    onCreate: (request) => ({
      kind: "accepted",
      ref: ref(`R-${request.paymentId}`),
      next: { kind: "redirect", url: pageOf(request) },
    }),
    onReceive: readNotification,
    onReply: (outcome) =>
      outcome.kind === "refused" || outcome.kind === "error"
        ? { status: outcome.kind === "refused" ? 401 : 503, body: "NO" }
        : { status: 200, body: "OK" },
    async create(request, call) {
      creates.push(request);
      return provider.onCreate(request, call);
    },
    receive: (request, call) => provider.onReceive(request, call),
    reply(outcome) {
      outcomes.push(outcome);
      return provider.onReply(outcome);
    },
  };
  return provider;
}

/** The fake gateway's wire format: JSON with `status`, and `ref`, `reference`, `amount`, `eventId` where it likes. */
export function readNotification(request: CallbackRequest): Reception {
  const body = request.json() as Record<string, unknown>;
  const { status, reference } = body;
  const known = typeof body.ref === "string" ? providerRef(body.ref) : undefined;
  if (typeof status !== "string") throw new PayError("MALFORMED", "There is no status.");
  const about =
    request.paymentId !== undefined
      ? { paymentId: request.paymentId }
      : typeof reference === "string"
        ? { reference }
        : known && { ref: known };
  if (about === undefined) return { kind: "refused", reason: "malformed", detail: "It names no payment." };
  return {
    kind: "notification",
    about,
    ...(known && { ref: known }),
    ...(typeof body.eventId === "string" && { eventId: body.eventId }),
    observed: {
      status: STATUS.find((one) => one === status) ?? "unmapped",
      raw: status,
      ...(typeof body.amount === "number" && { amount: { amount: body.amount, currency: "PLN" } }),
    },
  };
}

const STATUS = ["succeeded", "failed", "pending", "reversed"] as const;
