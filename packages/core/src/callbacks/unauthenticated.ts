import type { AnyProvider } from "../contract/checkout.ts";
import type { Clock } from "../contract/runtime.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Recorded } from "../recording/record-fact.ts";
import { type RefreshDeps, refreshFromProvider } from "../status/refresh.ts";
import { type PaymentCallback, paymentOf } from "./subject.ts";

/** Milliseconds from the end of one question about a payment to the next: anybody may have them asked. */
const PAUSE = 1000;
/** Milliseconds until a gateway is asked again that still waits: it may have called before its own answer changes. */
const CHECK_AGAIN_AFTER_MS = 5000;

export interface UnauthenticatedDeps extends RefreshDeps {
  readonly inTurn: InTurn;
}

/** Whether anybody may have said it, whatever it says: then only the gateway's own answer counts. */
export function isUnauthenticated({ traits: { callback } }: Pick<AnyProvider, "traits">): boolean {
  return callback.authentication.every((proof) => proof === "verify-by-retrieve");
}

/** Asks within the request, for a known payment alone; nothing is written before the gateway has answered. */
export async function verifyNow(
  deps: UnauthenticatedDeps,
  merchantAccount: string,
  heard: PaymentCallback,
): Promise<Recorded | { readonly kind: "not_asked" | "unanswered" }> {
  const record = await paymentOf(deps.store, merchantAccount, heard);
  // A closed one as well: a success that comes late is a success.
  if (record?.payment.merchantAccount !== merchantAccount) return { kind: "not_asked" };
  const answer = await deps.inTurn(record.payment.id, async () => {
    const current = await deps.store.payment(record.payment.id);
    return current && refreshFromProvider(deps, current, { checkAgainAfterMs: CHECK_AGAIN_AFTER_MS });
  });
  return answer?.recorded ?? { kind: "unanswered" };
}

/** Asks a question about a payment, or has the answer of somebody else's that begins after this call. */
export type InTurn = <T>(id: PaymentId, ask: () => Promise<T>) => Promise<T>;

/** One question at a time per payment, with a pause after it; whoever comes meanwhile shares the next one. */
export function createTurns(clock: Clock): InTurn {
  const turns = new Map<PaymentId, { readonly over: Promise<void>; next?: Promise<unknown> }>();
  return <T>(id: PaymentId, ask: () => Promise<T>): Promise<T> => {
    const begin = () => {
      const answer = ask();
      const over = answer
        .then(nothing, nothing)
        .then(() => clock.sleep(PAUSE))
        .then(() => {
          if (turns.get(id)?.next === undefined) turns.delete(id);
        });
      turns.set(id, { over });
      return answer;
    };
    const turn = turns.get(id);
    if (turn === undefined) return begin();
    turn.next ??= turn.over.then(begin);
    return turn.next as Promise<T>;
  };
}

const nothing = () => {};
