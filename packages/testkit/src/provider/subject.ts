import assert from "node:assert/strict";
import {
  type BuyerField,
  type Call,
  type CreateRequest,
  createCall,
  loadHttp,
  type PaymentId,
  type PaymentName,
  type PaymentProvider,
  type ProviderRefundRequest,
  type RefundId,
  type ValidateRequest,
} from "@pay/core/adapter";
import type { AcceptedCreate, DocumentedCreate, ProviderFixtures } from "./fixtures/provider-fixtures.ts";
import type { WireRequest } from "./fixtures/wire.ts";
import { type Gateway, type GatewayOptions, type ReceivedRequest, withGateway } from "./gateway/gateway.ts";

export interface ProviderSuite<Options, RequiredFields extends BuyerField> {
  /** The function that registers a test: `it` of jest or vitest, `test` of node:test. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /**
   * Makes the adapter for a gateway at this address: http, on this machine. The suite calls it often and expects the same account and
   * keys each time.
   */
  readonly provider: (baseUrl: string) => PaymentProvider<Options, RequiredFields>;
  /** Makes the adapter for another account at the gateway, with other keys: none that the fixtures name. */
  readonly otherAccount: (baseUrl: string) => PaymentProvider<Options, RequiredFields>;
  /** The gateway's messages. */
  readonly fixtures: ProviderFixtures<Options>;
}

/** Registers a test. */
type Check = (name: string, run: () => Promise<void> | void) => void;

/** The adapter under test, with its fixtures. */
export interface Subject {
  readonly check: Check;
  readonly fixtures: ProviderFixtures;
  readonly make: (baseUrl?: string) => PaymentProvider;
  /** For another account. */
  readonly makeOther: (baseUrl?: string) => PaymentProvider;
  /** Without an address, so for the one that the adapter has by default; `undefined` if it has none. */
  readonly makeByDefault: () => PaymentProvider | undefined;
  /** An instance that sends no request. */
  readonly provider: PaymentProvider;
}

export function subjectOf<Options, RequiredFields extends BuyerField>(
  suite: ProviderSuite<Options, RequiredFields>,
): Subject {
  const make = (baseUrl = NOWHERE): PaymentProvider => suite.provider(baseUrl);
  const makeOther = (baseUrl = NOWHERE): PaymentProvider => suite.otherAccount(baseUrl);
  const makeByDefault = (): PaymentProvider | undefined => {
    try {
      // The type wants an address, which authors pass on as `baseUrl`: without it they pass on `undefined`.
      return suite.provider(undefined as unknown as string);
    } catch {
      return undefined;
    }
  };
  const fixtures: ProviderFixtures = suite.fixtures;
  const check: Check = (name, run) =>
    suite.test(name, async () => {
      // `createPay` does this otherwise, and the suite runs adapters without it.
      await loadHttp();
      await run();
    });
  return { check, fixtures, make, makeOther, makeByDefault, provider: make() };
}

/** An address where no server listens. `fetch` does not refuse this port by itself, so a request that is sent fails visibly. */
export const NOWHERE = "http://127.0.0.1:2";

export const PAYMENT_ID: PaymentId = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;
export const MERCHANT_REFERENCE: string = PAYMENT_ID.slice(4);
/** Another payment, and another refund. */
export const OTHER_PAYMENT_ID: PaymentId = "pay_01h455vb4pex5vsknk084sn0ee" as PaymentId;
export const OTHER_REFUND_ID: RefundId = "rfd_01h455vb4pex5vsknk084sn0ff" as RefundId;
export const REFUND_ID: RefundId = "rfd_01h455vb4pex5vsknk084sn03r" as RefundId;
/** The part of a payment's own callback address that only the gateway may learn. */
export const CALLBACK_TOKEN = "7f3a9c21.kX2vT9mQ4wLr8sZ1bN6yH3jD5gF0cV7pA_uE-iOtRqM";
export const RETURN_HOST = "return.shop.example";
/** These addresses do not contain the payment's id, which a test would take for our reference. */
export const RETURN_URL: CreateRequest<unknown>["returnUrl"] = {
  success: `https://${RETURN_HOST}/thanks?from=caf%C3%A9&payment=1`,
  failure: `https://${RETURN_HOST}/sorry?from=caf%C3%A9&payment=1`,
};

/** The amount of the payment that is asked about. No fixture has it, so a test can tell it from an amount that the gateway stated. */
export const ASKED_AMOUNT = 7_654_321;

export function callbackUrl({ traits }: PaymentProvider): string {
  const fixed = "https://shop.example/pay/callbacks/cards";
  return hasOwnAddresses({ traits }) ? `${fixed}/${PAYMENT_ID}/${CALLBACK_TOKEN}` : fixed;
}

export function hasOwnAddresses({ traits }: Pick<PaymentProvider, "traits">): boolean {
  return traits.callback.correlation === "callback-url";
}

/** True if callbacks prove nothing, so that Pay asks the gateway about each. */
export function carriesNoProof({ traits }: Pick<PaymentProvider, "traits">): boolean {
  return traits.callback.authentication.every((proof) => proof === "verify-by-retrieve");
}

/** The request of a create as the engine makes it, frozen. */
export function createRequest(
  provider: PaymentProvider,
  checkout: ValidateRequest<unknown>,
  paymentId: PaymentId = PAYMENT_ID,
): CreateRequest<unknown> {
  return deepFreeze({
    ...structuredClone(checkout),
    paymentId,
    merchantReference: paymentId.slice(4),
    callbackUrl: callbackUrl(provider).replace(PAYMENT_ID, paymentId),
    returnUrl: { ...RETURN_URL },
  });
}

/** A refund of a part of a payment, frozen. */
export function refundRequest(subject: Subject, change: Partial<ProviderRefundRequest> = {}): ProviderRefundRequest {
  return deepFreeze({
    ...paymentName(subject),
    refundId: REFUND_ID,
    refundMerchantReference: REFUND_ID.slice(4),
    refundAmount: { value: 700, currency: subject.fixtures.create.requests[0].amount.currency },
    callbackUrl: callbackUrl(subject.provider),
    ...change,
  });
}

/** A payment as the engine names it to a gateway. */
export function paymentName({ fixtures }: Subject): PaymentName {
  const { currency } = fixtures.create.requests[0].amount;
  const providerReference = providerReferenceOf(fixtures);
  return deepFreeze({
    paymentId: PAYMENT_ID,
    merchantReference: MERCHANT_REFERENCE,
    amount: { value: ASKED_AMOUNT, currency },
    ...(providerReference !== undefined && {
      providerReference: providerReference as NonNullable<ProviderRefundRequest["providerReference"]>,
    }),
  });
}

/** The gateway's name for a payment, from the fixtures' answers or callbacks. */
function providerReferenceOf({ callbacks, create }: ProviderFixtures): string | undefined {
  const accepted = "accepted" in create ? create.accepted.map(({ gives }) => acceptedAs(gives, NOWHERE)) : [];
  const all = [...accepted, ...callbacks.recorded.map(({ gives }) => gives)];
  return all
    .map(({ providerReference }) => providerReference)
    .find((providerReference) => providerReference !== undefined);
}

/** The meaning of a documented answer for an adapter with this address. */
export function acceptedAs(gives: DocumentedCreate["gives"], baseUrl: string): AcceptedCreate {
  return typeof gives === "function" ? gives(baseUrl) : gives;
}

export function newCall(signal: AbortSignal = new AbortController().signal, now?: () => number): Call {
  return createCall(signal, now);
}

/** Runs with an adapter whose gateway is a server in this process that answers by `serve`. */
export function withAdapter<T>(
  { fixtures, make }: Subject,
  serve: (exchange: ReceivedRequest) => void,
  run: (provider: PaymentProvider, gateway: Gateway) => Promise<T>,
  options: Pick<GatewayOptions, "before" | "unread"> = {},
): Promise<T> {
  const before = (request: WireRequest) => fixtures.before?.(request);
  return withGateway(serve, { before, ...options }, (gateway) => run(make(gateway.baseUrl), gateway));
}

// Longer than any step takes, and shorter than the time limit of a test in common runners. It is counted in ticks, since a machine that
// stands still for seconds delays the step as well as the timer, and one late tick counts as one.
const TICK_MS = 100;
const PATIENCE_TICKS = 30;
/** An adapter that minds its deadline ends in the same turn, so this is longer than any machine takes. */
const PATIENCE_AFTER_DEADLINE_TICKS = 5;

/** Fails if an adapter does not end; soon, if the time of its call is up. */
export async function inTime<T>(pending: Promise<T>, what: string, signal?: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  let left = PATIENCE_TICKS;
  const timer = setInterval(() => {
    if (signal?.aborted) left = Math.min(left, PATIENCE_AFTER_DEADLINE_TICKS);
    left--;
    if (left === 0) reject(new assert.AssertionError({ message: `${what} did not end in time` }));
  }, TICK_MS);
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearInterval(timer);
  }
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
