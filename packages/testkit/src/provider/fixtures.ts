import type {
  CallbackOutcome,
  CallbackReply,
  CancelOutcome,
  CheckRequest,
  CreateOutcome,
  CreateRequest,
  FormAction,
  ParsedCallback,
  RefundOutcome,
  Rejection,
  StatusReport,
} from "@pay/core/adapter";
import type { Callback, Place } from "./places.ts";

/**
 * What the suite has to know of a gateway to hold its adapter to the contract: how the gateway speaks, as its document
 * says or as was recorded, and what each of that means. Members stand in order of life.
 *
 * Nothing is optional by taste: what the provider's traits and methods promise needs its fixture, and one test lists
 * whatever is missing and what to add.
 */
export interface ProviderFixtures<Options = unknown> {
  /** The adapter's source files: what compares secrets is read, since no test can see how long it takes. */
  readonly sources: readonly (string | URL)[];
  /** Secrets the adapter was made with, other than the keys of `callbacks.proof`: API keys, passwords. At least 6 characters each. */
  readonly secrets: readonly string[];
  /**
   * Where the gateway's document wants one of those in a request's address, which proxies and servers write into their logs: names of
   * parameters, or `the path`. Not for signatures.
   *
   * @default nowhere
   */
  readonly secretsInAddress?: readonly string[];
  readonly create: CreateFixtures<Options>;
  readonly callbacks: CallbackFixtures;
  readonly replies: ReplyFixtures;
  /** Where the provider has `retrieve`. */
  readonly retrieve?: RetrieveFixtures;
  /** Where the provider has `refund`. */
  readonly refund?: RefundFixtures;
  /** Where the provider has `cancel`. */
  readonly cancel?: CancelFixtures;
  /**
   * Answers what the adapter asks before the request that counts, e.g. for an access token; `undefined` for that request.
   *
   * @default nothing is asked before
   */
  before?(request: WireRequest): WireAnswer | undefined;
}

/** What the adapter sends: over the wire, or what the buyer's browser would send for a form. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the gateway answers. */
export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An amount as it stands in a request, with its currency where that is said: `"19.99"`, or 1999 minor units as `"1999"`. */
export type AmountText =
  | { readonly decimal: string; readonly currency?: string | undefined }
  | { readonly minor: string; readonly currency?: string | undefined };

/** A documented answer, and what it means. */
export interface Documented<Meaning> {
  readonly answer: WireAnswer;
  readonly gives: Unbranded<Meaning>;
}

export type AcceptedCreate = Unbranded<Extract<CreateOutcome, { kind: "accepted" }>>;

/** A documented answer to a create that is taken; a function where the adapter makes the buyer's address from its `baseUrl`. */
export interface DocumentedCreate {
  readonly answer: WireAnswer;
  readonly gives: AcceptedCreate | ((baseUrl: string) => AcceptedCreate);
}

interface CreateBasis<Options> {
  /**
   * Checkouts the adapter takes, each with all of the buyer that it can use; use an e-mail address and an IP that occur
   * nowhere else. Where one is of a currency, it is used for that currency, otherwise the first.
   */
  readonly requests: readonly [CheckRequest<Options>, ...CheckRequest<Options>[]];
  /** Finds the amount in what is sent. */
  amount(sent: WireRequest): AmountText;
}

export type CreateFixtures<Options = unknown> = CreateBasis<Options> &
  (
    | {
        /** For an adapter that asks the gateway: documented answers to a create that is taken, at least one. */
        readonly accepted: readonly DocumentedCreate[];
        /** Documented refusals. Empty if none is documented. */
        readonly refused: readonly Documented<Rejection>[];
      }
    | {
        /** For an adapter that sends nothing: the form that the buyer's browser posts. */
        form(request: CreateRequest<Options>, baseUrl: string): FormAction;
      }
  );

/** A callback as the gateway sends it. */
export interface WireCallback {
  readonly method: string;
  /** Only where callbacks come to addresses of their own: the payment whose verified address it came to. */
  readonly paymentId?: string;
  /** Without `?`, encoded as it came. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a callback that is believed means. */
export type Told = Exclude<ParsedCallback, { kind: "refused" | "ignored" }>;

export interface CallbackFixtures {
  /**
   * Names of the fields in which requests tell the gateway where its callbacks go: nothing else may hold that address.
   *
   * @default one field, whichever it is
   */
  readonly toldIn?: readonly string[];
  /** Authentic callbacks, recorded or from the document: one per status and kind, and per method. */
  readonly recorded: readonly { readonly callback: WireCallback; readonly gives: Unbranded<Told> }[];
  /** Authentic callbacks about no payment, and the reply that acknowledges each. @default none */
  readonly ignored?: readonly { readonly callback: WireCallback; readonly reply: CallbackReply }[];
  /** How they prove themselves, where that is a shared secret or a signature. */
  readonly proof?: SharedSecret | Signature;
  /** Where things stand in a callback, where it has them. */
  readonly places: {
    /** The gateway's word for the status. */
    readonly status?: Place;
    /** The gateway's word for the status of a refund. @default `status` */
    readonly refundStatus?: Place;
    readonly amount?: Place;
    /** Where more than one currency is taken and an amount is said. */
    readonly currency?: Place;
    /** Our reference. */
    readonly merchantReference?: Place;
    /** The gateway's name for the payment. */
    readonly providerReference?: Place;
  };
  /** Personal data in the recorded callbacks, e.g. the buyer's e-mail address: must be kept nowhere. @default none */
  readonly personal?: readonly string[];
}

interface Proof {
  /** Where the secret or the signature stands. */
  readonly at: Place;
  readonly keys: {
    /** The keys the provider was made with; several where it knows rotation. All must be accepted. */
    readonly accepted: readonly [string, ...string[]];
    /** A key that was given up. */
    readonly old: string;
    /** The key of another account at the same gateway. */
    readonly otherAccount: string;
  };
}

/** The key itself comes with each callback. */
export interface SharedSecret extends Proof {
  readonly kind: "shared-secret";
}

export interface Signature extends Proof {
  readonly kind: "signature";
  /** What is signed: the body byte by byte, or these places, in the order they are signed in. */
  readonly covers: "body" | readonly Place[];
  /** Makes the signature, after the document and not with the adapter's code. A throw means: such a callback cannot be signed. */
  sign(callback: Callback, key: string): string;
}

/** The exact reply per outcome; a function of the buyer's return address where the reply carries it. */
export type ReplyFixtures = Readonly<
  Record<CallbackOutcome["kind"], CallbackReply | ((redirectUrl: string) => CallbackReply)>
> & {
  /** Whether the gateway takes this for "received" and stops sending. */
  isAcknowledgement(reply: CallbackReply): boolean;
};

export interface RetrieveFixtures {
  /** Documented answers, one per status. */
  readonly answers: readonly [Documented<StatusReport>, ...Documented<StatusReport>[]];
  /** The same answer with another word for the status. */
  withStatus(word: string): WireAnswer;
}

export interface RefundFixtures {
  /** Finds the amount that goes back in what is sent. */
  amount(sent: WireRequest): AmountText;
  readonly done: readonly [
    Documented<Extract<RefundOutcome, { kind: "succeeded" | "pending" }>>,
    ...Documented<Extract<RefundOutcome, { kind: "succeeded" | "pending" }>>[],
  ];
  /** Documented refusals. Empty if none is documented. */
  readonly refused: readonly Documented<Rejection>[];
}

export interface CancelFixtures {
  readonly done: readonly [
    Documented<Extract<CancelOutcome, { kind: "canceled" }>>,
    ...Documented<Extract<CancelOutcome, { kind: "canceled" }>>[],
  ];
  /** Documented refusals. Empty if none is documented. */
  readonly refused: readonly Documented<Rejection>[];
}

/** The same with plain texts for ids, so that fixtures can be written down. */
export type Unbranded<T> = T extends string
  ? T extends { readonly __id: string }
    ? string
    : T
  : T extends object
    ? { readonly [K in keyof T]: Unbranded<T[K]> }
    : T;
