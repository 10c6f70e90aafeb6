import type { CreateOutcome } from "../src/contract/provider.ts";
import { fakeProvider, providerReference } from "../src/testing/fake-provider.ts";

export const PAGE = "https://gateway.example/pay/1";
export const ACCEPTED: Extract<CreateOutcome, { kind: "accepted" }> = {
  kind: "accepted",
  providerReference: providerReference("R1"),
  next: { kind: "redirect", url: PAGE },
};
export const REJECTED: CreateOutcome = {
  kind: "rejected",
  code: "invalid_request",
  retryable: false,
  providerCode: "E17",
  field: "buyer.email",
};
export const BUSY: CreateOutcome = { kind: "rejected", code: "unavailable", retryable: true, providerCode: "429" };
export const NOT_SENT: CreateOutcome = { kind: "not_sent", cause: new Error("ECONNREFUSED") };
export const UNKNOWN: CreateOutcome = { kind: "unknown", cause: new Error("ECONNRESET") };

export const answering = (outcome: CreateOutcome, merchantAccount = "fake:1") => {
  const provider = fakeProvider({ merchantAccount });
  provider.onCreate = () => outcome;
  return provider;
};

/** A provider whose create waits for the outcome from the test. */
export function hanging() {
  const provider = fakeProvider();
  const answer = Promise.withResolvers<CreateOutcome>();
  provider.onCreate = () => answer.promise;
  return { provider, answer: answer.resolve };
}

export const ids = (provider: ReturnType<typeof fakeProvider>) => provider.creates.map(({ paymentId }) => paymentId);
