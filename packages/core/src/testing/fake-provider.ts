import type {
  BuyerField,
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  Capabilities,
  CreateOutcome,
  CreateRequest,
  ParsedCallback,
  PaymentProvider,
  ProviderTraits,
} from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import { type PaymentId, type ProviderReference, parseProviderReference } from "../model/ids.ts";

/** A gateway in memory. What it gets is kept in `creates` and `outcomes`; what it answers a test may replace at any time. */
export interface FakeProvider extends PaymentProvider<Readonly<Record<string, unknown>>, BuyerField> {
  readonly creates: CreateRequest<unknown>[];
  /** What `reply` was told, in order. */
  readonly outcomes: CallbackOutcome[];
  onCreate: (request: CreateRequest<unknown>, call: Call) => CreateOutcome | Promise<CreateOutcome>;
  onReceive: (request: CallbackRequest, call: Call) => ParsedCallback | Promise<ParsedCallback>;
  onReply: (outcome: CallbackOutcome) => CallbackReply | Promise<CallbackReply>;
}

export interface FakeProviderOptions {
  readonly name?: string;
  readonly merchantAccount?: string;
  readonly requiredBuyerFields?: readonly BuyerField[];
  readonly traits?: Partial<Omit<ProviderTraits, "callback">>;
  readonly callback?: Partial<ProviderTraits["callback"]>;
  readonly check?: FakeProvider["validate"];
  /** What it can do besides. */
  readonly can?: Partial<Capabilities>;
}

/** Payment page and ref of a payment at the fake gateway. */
export const pageOf = (request: { readonly paymentId: PaymentId }): string =>
  `https://gateway.example/${request.paymentId}`;
export const providerReference = (text: string): ProviderReference => {
  const made = parseProviderReference(text);
  if (made === undefined) throw new Error("not a ref");
  return made;
};

/** Accepts every create with the ref `R-<payment id>`, and reads callbacks by `readNotification`. */
export function fakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const { name = "fake", merchantAccount = "fake:1", requiredBuyerFields = [], traits, callback, check, can } = options;
  const creates: CreateRequest<unknown>[] = [];
  const outcomes: CallbackOutcome[] = [];
  const provider: FakeProvider = {
    contract: 1,
    name,
    merchantAccount,
    requiredBuyerFields,
    traits: {
      currencies: ["PLN", "EUR"],
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds: 3600,
      ...traits,
      callback: {
        methods: ["POST"],
        correlation: "provider-reference",
        authentication: ["shared-secret"],
        amount: "signed",
        ...callback,
      },
    },
    ...(check && { validate: check }),
    ...can,
    creates,
    outcomes,
    onCreate: (request) => ({
      kind: "accepted",
      providerReference: providerReference(`R-${request.paymentId}`),
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
export function readNotification(request: CallbackRequest): ParsedCallback {
  const body = request.json() as Record<string, unknown>;
  const { status, reference } = body;
  const known = typeof body.providerReference === "string" ? parseProviderReference(body.providerReference) : undefined;
  if (typeof status !== "string") throw new PayError("MALFORMED", "There is no status.");
  const about =
    request.paymentId !== undefined
      ? { paymentId: request.paymentId }
      : typeof reference === "string"
        ? { merchantReference: reference }
        : known && { providerReference: known };
  if (about === undefined) return { kind: "refused", reason: "malformed", detail: "It names no payment." };
  return {
    kind: "notification",
    about,
    ...(known && { providerReference: known }),
    ...(typeof body.eventId === "string" && { eventId: body.eventId }),
    reported: {
      status: STATUS.find((one) => one === status) ?? "unrecognized",
      providerStatus: status,
      ...(typeof body.amount === "number" && { amount: { value: body.amount, currency: "PLN" } }),
    },
  };
}

const STATUS = ["succeeded", "failed", "pending", "reversed"] as const;
