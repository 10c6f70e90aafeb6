import assert from "node:assert/strict";
import type { CreateOutcome, CreateRequest, PaymentProvider, ValidateRequest } from "@pay/core/adapter";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { echo } from "../gateway/echo.ts";
import { reply } from "../gateway/gateway.ts";
import { createRequest, inTime, newCall, type Subject, withAdapter } from "../subject.ts";
import { postedForm } from "../texts/request-texts.ts";

/** A create that the gateway accepted. */
interface Taken {
  readonly outcome: Extract<CreateOutcome, { kind: "accepted" }>;
  readonly request: CreateRequest<unknown>;
  readonly baseUrl: string;
  /** Every request that the adapter sent. */
  readonly requests: readonly WireRequest[];
  /** The request or the form that carries the payment to the gateway. */
  readonly sent: WireRequest;
}

/** Checks out at a gateway that accepts the payment. */
export async function take(subject: Subject, checkout: ValidateRequest<unknown>): Promise<Taken> {
  const [taken] = await takeEach(subject, [checkout]);
  return taken!;
}

/**
 * Checks out one after another at one gateway. A checkout that `validate` refuses is left out; one that `create` refuses fails the test,
 * or is left out too if `which` is "where they are taken".
 */
export function takeEach(
  subject: Subject,
  checkouts: readonly ValidateRequest<unknown>[],
  which: "all" | "where they are taken" = "all",
): Promise<readonly Taken[]> {
  const { create } = subject.fixtures;
  const documented = "form" in create ? undefined : create.accepted[0]?.answer;
  let answer: WireAnswer = { status: 500, body: "" };
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider, { baseUrl, requests }) => {
      const taken: Taken[] = [];
      for (const checkout of checkouts) {
        const request = createRequest(provider, checkout);
        if (checkouts.length > 1 && isRefused(provider, checkout)) continue;
        const before = requests.length;
        if (documented !== undefined) {
          answer = echo(subject.fixtures, documented, create.requests[0].amount, checkout.amount);
        }
        const outcome = await inTime(outcomeOf(provider, request), "create");
        if (outcome.kind !== "accepted" && which !== "all") continue;
        if (outcome.kind !== "accepted") {
          return assert.fail(`create is accepted, not ${outcome.kind}, where the gateway answers create.accepted[0]`);
        }
        const sent = requests[before] ?? (outcome.next.kind === "form" ? postedForm(outcome.next) : undefined);
        assert.ok(sent, "something is sent, or a form is made");
        taken.push({ outcome, request, baseUrl, requests: requests.slice(before), sent });
      }
      return taken;
    },
  );
}

async function outcomeOf(provider: PaymentProvider, request: CreateRequest<unknown>): Promise<CreateOutcome> {
  try {
    return await provider.create(request, newCall());
  } catch (error) {
    return assert.fail(`create threw ${error instanceof Error ? error.name : typeof error}`);
  }
}

function isRefused(provider: PaymentProvider, checkout: ValidateRequest<unknown>): boolean {
  try {
    provider.validate?.(checkout);
    return false;
  } catch {
    return true;
  }
}
