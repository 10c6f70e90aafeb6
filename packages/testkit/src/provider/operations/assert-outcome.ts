import assert from "node:assert/strict";
import type {
  CancelOutcome,
  CreateOutcome,
  ParsedCallback,
  RefundOutcome,
  RejectionCode,
  StatusReport,
} from "@pay/core/adapter";
import { assertText } from "../texts/kept-texts.ts";

// Records, so that the compiler lists a kind that is missing here.
const CREATED: Readonly<Record<CreateOutcome["kind"], true>> = {
  accepted: true,
  rejected: true,
  not_sent: true,
  unknown: true,
};
const REFUNDED: Readonly<Record<RefundOutcome["kind"], true>> = {
  succeeded: true,
  pending: true,
  rejected: true,
  not_sent: true,
  unknown: true,
};
const CANCELED: Readonly<Record<CancelOutcome["kind"], true>> = {
  canceled: true,
  rejected: true,
  not_sent: true,
  unknown: true,
};
const STATUSES: Readonly<Record<StatusReport["status"], true>> = {
  succeeded: true,
  failed: true,
  pending: true,
  reversed: true,
  unrecognized: true,
};
const REJECTIONS: Readonly<Record<RejectionCode, true>> = {
  invalid_request: true,
  configuration: true,
  unavailable: true,
  declined: true,
};
type RefundStatus = Extract<ParsedCallback, { kind: "refund" }>["refund"]["status"];
const REFUND_STATUSES: Readonly<Record<RefundStatus, true>> = { succeeded: true, pending: true, failed: true };
const CALLBACKS: Readonly<Record<ParsedCallback["kind"], true>> = {
  notification: true,
  check_status: true,
  refund: true,
  ignored: true,
  refused: true,
};

/**
 * Fails if an outcome is none that the contract has, whatever the fixtures say: Pay would have no rule for it. The types forbid such an
 * outcome, but a cast or an adapter in JavaScript does not see them.
 */
export function assertOutcome(name: "create" | "retrieve" | "refund" | "cancel", outcome: unknown): void {
  const { code, kind, providerCode, retryable, status } = (outcome ?? {}) as Readonly<Record<string, unknown>>;
  if (name === "retrieve") isOneOf(STATUSES, status, "the status of retrieve");
  else isOneOf({ create: CREATED, refund: REFUNDED, cancel: CANCELED }[name], kind, `the kind of ${name}'s outcome`);
  if (name === "retrieve" || kind !== "rejected") return;
  assertText(providerCode as string | undefined);
  isOneOf(REJECTIONS, code, `the code of ${name}'s rejection`);
  assert.equal(typeof retryable, "boolean", `retryable of ${name}'s rejection is a boolean`);
}

/** The same for a parsed callback. */
export function assertParsed(parsed: ParsedCallback): void {
  isOneOf(CALLBACKS, parsed?.kind, "the kind of a parsed callback");
  if (parsed.kind === "notification") isOneOf(STATUSES, parsed.reported?.status, "the status of a notification");
  if (parsed.kind === "refund") isOneOf(REFUND_STATUSES, parsed.refund?.status, "the status of a refund");
}

function isOneOf(known: Readonly<Record<string, true>>, value: unknown, what: string): void {
  const isKnown = typeof value === "string" && Object.hasOwn(known, value);
  assert.ok(isKnown, `${what} is ${Object.keys(known).join(", ")}, not ${value}`);
}
