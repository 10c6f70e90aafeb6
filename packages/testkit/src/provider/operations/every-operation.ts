import type { Call, PaymentProvider } from "@pay/core/adapter";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { createRequest, inTime, newCall, paymentName, refundRequest, type Subject, withAdapter } from "../subject.ts";
import { postedForm } from "../texts/request-texts.ts";
import type { RunnableOperation } from "./operation.ts";

/** An operation of the adapter, with one documented answer. */
export interface EveryOperation {
  /** The answer's place in the fixtures. */
  readonly label: string;
  readonly answer: WireAnswer;
  readonly run: (provider: PaymentProvider, call: Call) => Promise<unknown> | undefined;
}

/** Every operation that sends requests, with each documented answer. */
export function everyOperation(subject: Subject): readonly EveryOperation[] {
  const { cancel, create, refund, retrieve } = subject.fixtures;
  const found: EveryOperation[] = [];
  const add = (list: string, answers: readonly { readonly answer: WireAnswer }[] = [], run: EveryOperation["run"]) => {
    for (const [at, { answer }] of answers.entries()) found.push({ label: `${list}[${at}]`, answer, run });
  };
  for (const checkout of create.requests) {
    const run: EveryOperation["run"] = (of, call) => of.create(createRequest(of, checkout), call);
    if ("form" in create) continue;
    add("create.accepted", create.accepted, run);
    add("create.refused", create.refused, run);
  }
  add("retrieve.answers", retrieve?.answers, (of, call) => of.retrieve?.(paymentName(subject), call));
  const runRefund: EveryOperation["run"] = (of, call) => of.refund?.(refundRequest(subject), call);
  add("refund.done", refund?.done, runRefund);
  add("refund.refused", refund?.refused, runRefund);
  const runCancel: EveryOperation["run"] = (of, call) => of.cancel?.(paymentName(subject), call);
  add("cancel.done", cancel?.done, runCancel);
  add("cancel.refused", cancel?.refused, runCancel);
  return found;
}

/** An operation of the adapter with its documented answers, and their place in the fixtures. */
export interface DocumentedOperation extends RunnableOperation {
  readonly list: string;
  readonly answers: readonly { readonly answer: WireAnswer; readonly gives: unknown }[];
  /** Answers that refuse. */
  readonly refused: readonly { readonly answer: WireAnswer }[];
}

/** Every operation that the fixtures document, for the first checkout. */
export function documentedOperations(subject: Subject): readonly DocumentedOperation[] {
  const { cancel, create, refund, retrieve } = subject.fixtures;
  const found: DocumentedOperation[] = [];
  if (!("form" in create)) {
    found.push({
      name: "create",
      list: "create.accepted",
      answers: create.accepted,
      refused: create.refused,
      run: (of, call) => of.create(createRequest(of, create.requests[0]), call),
    });
  }
  if (retrieve !== undefined) {
    const run: RunnableOperation["run"] = (of, call) => of.retrieve!(paymentName(subject), call);
    found.push({ name: "retrieve", list: "retrieve.answers", answers: retrieve.answers, refused: [], run });
  }
  if (refund !== undefined) {
    const run: RunnableOperation["run"] = (of, call) => of.refund!(refundRequest(subject), call);
    found.push({ name: "refund", list: "refund.done", answers: refund.done, refused: refund.refused, run });
  }
  if (cancel !== undefined) {
    const run: RunnableOperation["run"] = (of, call) => of.cancel!(paymentName(subject), call);
    found.push({ name: "cancel", list: "cancel.done", answers: cancel.done, refused: cancel.refused, run });
  }
  return found;
}

/** What an operation sent, the requests that come before it too, and its outcome; `undefined` if it threw. */
export interface Performed {
  readonly label: string;
  readonly requests: readonly WireRequest[];
  readonly outcome: unknown;
}

/** Performs every operation. */
export async function performEach(subject: Subject, makeCall: () => Call = newCall): Promise<readonly Performed[]> {
  const performed: Performed[] = [];
  for (const { answer, label, run } of everyOperation(subject)) {
    await withAdapter(
      subject,
      ({ response }) => reply(response, answer),
      async (provider, { all }) => {
        const ending = Promise.resolve(run(provider, makeCall())).catch(() => undefined);
        performed.push({ label, requests: all, outcome: await inTime(ending, label) });
      },
    );
  }
  return performed;
}

/** The forms that buyers post, where `create` makes forms. */
export async function formsOf(
  { fixtures, make }: Subject,
  makeCall: () => Call = newCall,
): Promise<readonly Performed[]> {
  if (!("form" in fixtures.create)) return [];
  const provider = make();
  return Promise.all(
    fixtures.create.requests.map(async (checkout, at) => {
      const outcome = await provider.create(createRequest(provider, checkout), makeCall());
      const isForm = outcome.kind === "accepted" && outcome.next.kind === "form";
      return { label: `create.requests[${at}]`, requests: isForm ? [postedForm(outcome.next)] : [], outcome };
    }),
  );
}
