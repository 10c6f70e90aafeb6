import type { CallbackChaos, Chaos } from "./chaos/model.ts";
import { failure } from "./failure.ts";

/** What a GOSetti.pl create request said besides the amount. */
export interface GosettiDetails {
  readonly kind: "gosetti";
  /** `UserId` */
  readonly userId: number;
  /** `ClientIp`. PaySafeCard checks it against the buyer; on one machine that would tell nothing, so we only show it. */
  readonly clientIp: string;
  /** `CallbackUrl`, exactly as the shop sent it. */
  readonly callbackUrl: string;
}

/** What a Sellly create request said besides the amount. The secret key is not kept here. */
export interface SelllyDetails {
  readonly kind: "sellly";
  readonly shopId: string;
  readonly operator: "cashbill" | "stripe";
  /** The id "given by the operator"; ours is random. */
  readonly operatorId: string;
  readonly language: "pl" | "en";
  readonly email: string;
  readonly ip: string;
  /** `currency_converter_code`; null when not asked for. The amount is not converted, there are no rates here. */
  readonly converter: string | null;
  /** `payment_method` as asked for; null when the buyer chooses. */
  readonly paymentMethod: string | null;
  /** The channel used; null while the payment is open. */
  readonly paymentChannel: string | null;
}

/** A payment as it stands. Frozen: ask again for news. */
export interface SimulatedPayment {
  /** `PaySafeCardTransactionId` or Sellly's `id`. */
  readonly id: string;
  readonly gateway: "gosetti" | "sellly";
  /** Major units as the gateway writes them: `"19.99"`, GOSetti.pl's JSON number `20` as `"20"`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** `expired`: nobody paid in time. The shop is told as of a payment that was declined. */
  readonly state: "open" | "paid" | "declined" | "expired";
  /** The hosted page, where the buyer pays. */
  readonly pageUrl: string;
  /** Where the buyer goes next: GOSetti.pl learns it from the shop's answer, Sellly has it from the set-up. Null: not known. */
  readonly returnTo: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** ISO 8601, UTC; null while open. */
  readonly finishedAt: string | null;
  /** When it expires if it is still open, ISO 8601, UTC. */
  readonly expiresAt: string;
  /** When the next callback is due, ISO 8601, UTC; null when none is planned. */
  readonly nextCallbackAt: string | null;
  /** What is to go wrong with its callbacks. */
  readonly chaos: Chaos;
  readonly details: GosettiDetails | SelllyDetails;
}

/** A callback as sent: nothing is added to it on the way. */
export interface CallbackRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** The bytes of an answer: text when they are valid UTF-8 (a BOM is kept), else base64. */
export type AnswerBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "base64"; readonly base64: string };

/** The shop's complete answer. */
export interface CallbackResponse {
  readonly status: number;
  /** Lower-case names; repeated fields joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
}

/**
 * What the gateway makes of an answer. `in` and `repeatIn` are milliseconds until the next delivery, null for none.
 * `accepted`: as documented. `will_retry`: Sellly did not get its `OK`. `no_redirect`: GOSetti.pl did not learn where the
 * buyer goes. `not_sent`: chaos had it that nothing was sent. `aborted`: the simulator was closed meanwhile.
 */
export type Verdict =
  | { readonly kind: "accepted"; readonly redirectUrl: string | null; readonly repeatIn: number | null }
  | { readonly kind: "will_retry"; readonly in: number; readonly why: string }
  | { readonly kind: "no_redirect"; readonly in: number | null; readonly why: string }
  | { readonly kind: "not_sent"; readonly in: number | null; readonly why: string }
  | { readonly kind: "aborted" };

/** One delivery of a callback, logged when it has ended. */
export interface SimulatedCallback {
  readonly payment: string;
  /** Counted per payment, from 1. */
  readonly attempt: number;
  /** When it was sent, ISO 8601, UTC. */
  readonly at: string;
  /** Null when there was no address to send it to. */
  readonly request: CallbackRequest | null;
  /** Null when no complete answer came; `error` says why. */
  readonly response: CallbackResponse | null;
  readonly error: string | null;
  /** The kinds of chaos that made it what it is; empty for what the gateway would do. */
  readonly chaos: readonly CallbackChaos["kind"][];
  readonly verdict: Verdict;
}

/** Payments and callbacks in memory, in the order they came. */
export interface Ledger {
  add(payment: SimulatedPayment): void;
  /** Throws `unknown_payment`. */
  get(id: string): SimulatedPayment;
  change(id: string, changes: Partial<SimulatedPayment>): SimulatedPayment;
  payments(): SimulatedPayment[];
  log(callback: SimulatedCallback): void;
  callbacks(): SimulatedCallback[];
  /** Forgets everything. */
  clear(): void;
}

export function createLedger(): Ledger {
  const payments = new Map<string, SimulatedPayment>();
  const callbacks: SimulatedCallback[] = [];

  function get(id: string): SimulatedPayment {
    const payment = payments.get(id);
    if (payment === undefined) throw failure("unknown_payment", `There is no payment ${id}`);
    return payment;
  }

  return {
    add: (payment) => void payments.set(payment.id, Object.freeze(payment)),
    get,
    change(id, changes) {
      const changed = Object.freeze({ ...get(id), ...changes });
      payments.set(id, changed);
      return changed;
    },
    payments: () => [...payments.values()],
    log: (callback) => void callbacks.push(Object.freeze(callback)),
    callbacks: () => [...callbacks],
    clear() {
      payments.clear();
      callbacks.length = 0;
    },
  };
}
