import { storable } from "../adapter-kit/storable.ts";
import type { Context } from "../context.ts";
import type { ParsedCallback, PaymentProvider, ProviderTraits } from "../contract/provider.ts";
import type { UpdateQuery } from "../contract/store.ts";
import type { CallbackFact, NotificationFact, RefundFact } from "../model/fact.ts";
import { parsePaymentMerchantReference, parseRefundMerchantReference } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { factDigest } from "../recording/digest.ts";
import type { FactToRecord } from "../recording/record-fact.ts";
import { buyerDigest } from "../security/buyer-digest.ts";
import { hasOwnAddresses } from "./address.ts";

/** A callback that says something about a payment. */
export type PaymentCallback = Exclude<ParsedCallback, { kind: "refused" | "ignored" }>;

/** Turns an authenticated callback into the fact that is recorded, and says how its payment is found. */
export function factToRecord(
  { keyring, now }: Pick<Context, "keyring" | "now">,
  provider: PaymentProvider,
  callback: PaymentCallback,
): FactToRecord {
  const { merchantAccount, traits } = provider;
  const { about } = callback;
  const fact = factOf(callback);
  const digest = factDigest(fact, "eventId" in callback ? callback.eventId : undefined);
  const subject = subjectOf(callback);
  // This callback may be the first that names both the payment and its provider reference. Earlier notifications under that reference
  // then wait for the payment. At own addresses each notification names its payment, so none waits.
  const adopt =
    subject.paymentId !== undefined && subject.providerReference !== undefined && !hasOwnAddresses(provider);
  const query: UpdateQuery = {
    merchantAccount,
    ...subject,
    // Asking twice is no repetition: the gateway may know more the second time.
    ...(fact.kind !== "check_status" && { digest }),
    ...(adopt && { adopt }),
    // A refund may answer a review. A rule that delays the expiry has to read it.
    ...(callback.kind === "refund" && { openReviews: true }),
    ...(callback.kind === "notification" &&
      !mayDelayExpiry(fact, traits) && { expected: amountOf(fact as NotificationFact) }),
  };
  const email = "buyerEmail" in callback ? callback.buyerEmail : undefined;
  const receivedAt = now();
  return {
    query,
    fact,
    traits,
    unmatched: () => ({
      merchantAccount,
      subject:
        query.paymentId ??
        query.providerReference ??
        ("merchantReference" in about ? storable(about.merchantReference) : ""),
      digest,
      fact,
      receivedAt,
      ...(email !== undefined && { buyerDigest: buyerDigest(keyring, email) }),
    }),
  };
}

/** The payment that a callback names. A merchant reference may be foreign, and then there may be no provider reference either. */
export function subjectOf({
  about,
  providerReference,
}: PaymentCallback): Pick<UpdateQuery, "paymentId" | "providerReference"> {
  if ("providerReference" in about) return { providerReference: about.providerReference };
  const paymentId = "paymentId" in about ? about.paymentId : parsePaymentMerchantReference(about.merchantReference);
  return {
    ...(paymentId !== undefined && { paymentId }),
    ...(providerReference !== undefined && { providerReference }),
  };
}

function mayDelayExpiry({ kind }: CallbackFact, { pendingUntilSeconds }: ProviderTraits): boolean {
  return kind === "pending" && pendingUntilSeconds !== undefined;
}

function factOf(callback: PaymentCallback): CallbackFact {
  const { about, details, providerReference } = callback;
  const known = providerReference ?? ("providerReference" in about ? about.providerReference : undefined);
  const common = {
    ...(known !== undefined && { providerReference: known }),
    ...(details !== undefined && { details: storableValues(details) }),
  };
  switch (callback.kind) {
    case "check_status":
      return { kind: "check_status", ...common };
    case "refund":
      return { ...refundFact(callback.refund), ...common };
    case "notification":
      return { kind: callback.reported.status, ...reportedBy(callback.reported), ...common };
    default:
      return callback satisfies never;
  }
}

function refundFact(refund: Extract<PaymentCallback, { kind: "refund" }>["refund"]): RefundFact {
  const { merchantReference, providerReference, status } = refund;
  const ours = merchantReference === undefined ? undefined : parseRefundMerchantReference(merchantReference);
  return {
    kind: `refund_${status}`,
    ...(ours !== undefined && { refund: ours }),
    ...(providerReference !== undefined && { refundProviderReference: storable(providerReference) }),
    ...reportedBy(refund),
  };
}

function reportedBy(report: { readonly amount?: Money; readonly providerStatus?: string }) {
  const { providerStatus } = report;
  return { ...amountOf(report), ...(providerStatus !== undefined && { providerStatus: storable(providerStatus) }) };
}

function amountOf({ amount }: { readonly amount?: Money | undefined }): { readonly amount?: Money } {
  return amount === undefined ? {} : { amount };
}

function storableValues(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, storable(value)]));
}
