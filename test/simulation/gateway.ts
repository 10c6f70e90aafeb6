import type { Money, PaymentId, ProviderReference } from "@pay/core";
import { type CreateOutcome, type CreateRequest, parseProviderReference } from "@pay/core/adapter";
import { hintOf } from "./places.ts";
import { storyOf } from "./stories.ts";
import type { Life, World } from "./world.ts";

/**
 * Three kinds of gateway: one identifies a payment by its callback address, one by its own name for it, and the bank only says that
 * something changed, and what when it is asked. In some runs, its hints carry no proof.
 */
export type Kind = "psc" | "cards" | "bank";

export const SECRETS: Readonly<Record<Kind, string>> = { psc: "", cards: "gateway-secret", bank: "bank-secret" };

/** A payment as its gateway has it. */
export interface Transaction {
  readonly kind: Kind;
  readonly paymentId: PaymentId;
  readonly providerReference: ProviderReference;
  readonly amount: Money;
  readonly request: CreateRequest<unknown>;
  /** What it says when it is asked, since `saidAt`. */
  says: string;
  saidAt: number;
  /** True if a callback followed. */
  isTold: boolean;
  /** When a process last heard what it says. */
  heardAt: number | undefined;
}

/** A notification that a gateway repeats until it is acknowledged. */
export interface Notification {
  /** Unique per notification, so that its effect can be found. */
  readonly word: string;
  readonly transaction: Transaction;
  readonly status: string;
  readonly amount: number | undefined;
  /** Differs from the transaction's if the gateway counts a second payment of the same buyer. */
  readonly providerReference: ProviderReference | undefined;
  readonly url: string;
  readonly body: string;
  acknowledged: boolean;
  sends: number;
}

/** Where callbacks arrive: the process that the load balancer chooses, or none. */
export type Front = () => { readonly life: Life; fetch(request: Request): Promise<Response> } | undefined;

/** A process acknowledged a callback that arrived at this moment, in Unix milliseconds. */
export type Answered = (notification: Notification, arrivedAt: number) => void;

export interface Gateway {
  readonly transactions: readonly Transaction[];
  readonly notifications: readonly Notification[];
  /** A create arrives. */
  create(kind: Kind, request: CreateRequest<unknown>): CreateOutcome;
  /** A question arrives. Throws while the shop's API key is wrong, and for a payment that never arrived. */
  retrieve(paymentId: PaymentId): Transaction;
  /** Until when the shop's API key for questions is wrong. */
  readonly keyWrongUntil: number;
  /** The bank's traits. */
  readonly pendingUntilSeconds: number | undefined;
  readonly provesHints: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Milliseconds until an unacknowledged notification is sent again. */
const RESEND = [1000, 5000, 20_000, 60_000];

export function createGateway(
  world: World,
  front: Front,
  acknowledged: (notification: Notification) => void,
  answered: Answered,
): Gateway {
  const { dice, faults, timeline, trace, violate } = world;
  const transactions: Transaction[] = [];
  const notifications: Notification[] = [];
  const asked = new Set<PaymentId>();
  const taken = new Map<string, PaymentId>();
  const provesHints = dice.chance(0.5);
  // A hint without proof comes again until its question has an answer.
  const keyWrongUntil = timeline.now() + dice.pick([0, 5 * MINUTE, 5 * MINUTE, provesHints ? 40 * HOUR : MINUTE]);
  const pendingUntilSeconds = dice.pick([undefined, (30 * HOUR) / 1000]);

  function notify(
    transaction: Transaction,
    status: string,
    over: { amount?: number; hasOtherProviderReference?: boolean },
  ): void {
    const { kind, providerReference } = transaction;
    const word = kind === "bank" ? hintOf(providerReference) : `${status}-${notifications.length}`;
    const notification = composed(world, transaction, status, word, over);
    notifications.push(notification);
    send(notification);
    while (faults.strike("callbackRepeated")) send(notification);
  }

  function send(notification: Notification): void {
    const again = RESEND[notification.sends++] ?? RESEND.at(-1)!;
    timeline.after(dice.below(faults.strike("callbackIsSlow") ? 15_000 : 50), `callback ${notification.word}`, () =>
      arrive(notification),
    );
    timeline.after(again, `${notification.word} due again`, () => {
      if (!notification.acknowledged) send(notification);
    });
  }

  async function arrive(notification: Notification): Promise<void> {
    const at = front();
    if (at === undefined || faults.strike("callbackLost")) return;
    const arrivedAt = timeline.now();
    const response = await at.fetch(requestOf(notification));
    const text = await response.text();
    if (text === "OK") answered(notification, arrivedAt);
    trace.note(`  ${at.life.name} answers ${response.status} ${text}`);
    const lost = faults.strike("acknowledgementLost");
    at.life.after(dice.below(100), `answered ${notification.word}`, () => {
      if (lost || text !== "OK") return;
      notification.acknowledged = true;
      acknowledged(notification);
    });
  }

  return {
    ...{ transactions, notifications, keyWrongUntil, pendingUntilSeconds, provesHints },
    retrieve(paymentId) {
      if (timeline.now() < keyWrongUntil) throw new Error("HTTP 401");
      const transaction = transactions.find((known) => known.paymentId === paymentId);
      if (transaction === undefined) throw new Error("HTTP 404");
      return transaction;
    },
    create(kind, request) {
      const { paymentId, description, amount } = request;
      if (asked.has(paymentId)) violate("a create is never sent again", paymentId);
      asked.add(paymentId);
      if (faults.strike("createRefused")) return refusal(dice.chance(0.5));
      // Each checkout has a description of its own: at most one gateway may take it.
      if (taken.has(description)) violate("one gateway takes a checkout", description);
      taken.set(description, paymentId);
      const providerReference = parseProviderReference(`T-${transactions.length}`)!;
      const said = { says: "pending", saidAt: timeline.now(), isTold: false, heardAt: undefined };
      const transaction: Transaction = { kind, paymentId, providerReference, amount, request, ...said };
      transactions.push(transaction);
      for (const { at, status, isSilent = false, ...over } of storyOf(dice, kind === "bank")) {
        timeline.after(at, `${providerReference} is ${status}`, () => {
          Object.assign(transaction, { says: status, saidAt: timeline.now(), isTold: !isSilent, heardAt: undefined });
          if (!isSilent) notify(transaction, kind === "bank" ? "hint" : status, over);
        });
      }
      const next = { kind: "redirect", url: `https://gateway.example/${providerReference}` } as const;
      const tells = kind !== "psc" || dice.chance(0.3);
      return { kind: "accepted", next, ...(tells && { providerReference }) };
    },
  };
}

function refusal(retryable: boolean): CreateOutcome {
  return { kind: "rejected", code: retryable ? "unavailable" : "declined", retryable };
}

function composed(
  { dice }: World,
  transaction: Transaction,
  status: string,
  word: string,
  over: { amount?: number; hasOtherProviderReference?: boolean },
): Notification {
  const { kind, request, amount: price } = transaction;
  const byReference = dice.chance(0.4);
  const namesProviderReference = kind !== "psc" || over.hasOtherProviderReference === true || dice.chance(0.3);
  const providerReference =
    over.hasOtherProviderReference === true
      ? parseProviderReference(`${transaction.providerReference}-${word}`)!
      : transaction.providerReference;
  const amount = over.amount ?? (dice.chance(0.6) ? price.value : undefined);
  const body = {
    word,
    status,
    ...(namesProviderReference && { providerReference }),
    ...(amount !== undefined && { amount }),
    ...(kind !== "psc" && (byReference || over.hasOtherProviderReference) && { reference: request.merchantReference }),
    ...(dice.chance(0.3) && { eventId: word }),
  };
  const url = kind === "psc" ? request.callbackUrl : `${request.callbackUrl}?secret=${SECRETS[kind]}`;
  return {
    ...{ word, transaction, status, amount, url, body: JSON.stringify(body) },
    providerReference: namesProviderReference ? providerReference : undefined,
    acknowledged: false,
    sends: 0,
  };
}

function requestOf({ url, body }: Notification): Request {
  return new Request(url, { method: "POST", body });
}
