import assert from "node:assert/strict";
import type { Call, PaymentProvider } from "@pay/core/adapter";
import type { ProviderFixtures } from "../fixtures/provider-fixtures.ts";
import { type Expected, type Fault, faultsFor } from "../gateway/faults.ts";
import { type Gateway, reply } from "../gateway/gateway.ts";
import { inTime, NOWHERE, newCall, type Subject, withAdapter } from "../subject.ts";
import { assertHides, privateTexts, secretsOf } from "../texts/secrets.ts";
import { assertOutcome } from "./assert-outcome.ts";
import type { Ending, Operation } from "./operation.ts";

/** Registers one test per fault of the network. They use real sockets, because a mocked client would hide what the real one does. */
export function testFaults(subject: Subject, operation: Operation): void {
  const { check, fixtures, make } = subject;
  const { documented, name, refused } = operation;
  const isRetrieve = name === "retrieve";

  check(`${name} ${isRetrieve ? "throws" : "is not_sent"} when no server listens`, async () => {
    expectKind(operation, await end(operation, make(NOWHERE), newCall()), "not_sent");
  });

  check(
    `${name} ${isRetrieve ? "throws" : "is not_sent"}, without a connection, when its time was up before`,
    async () => {
      await withAdapter(
        subject,
        ({ response }) => reply(response, documented),
        async (provider, { requests }) => {
          expectKind(operation, await end(operation, provider, newCall(AbortSignal.abort())), "not_sent");
          assert.equal(requests.length, 0, "nothing was sent");
        },
      );
    },
  );

  for (const fault of faultsFor(documented, refused)) {
    check(nameOf(operation, fault), async () => {
      for (const act of fault.acts) {
        const { ending, gateway } = await suffer(subject, operation, { ...fault, acts: [act] });
        expectKind(operation, ending, fault.gives);
        // A second query does no harm; a second create or refund does.
        if (!isRetrieve) assert.equal(gateway.requests.length, 1, "it is sent once, with any outcome");
      }
    });
  }

  if (fixtures.before !== undefined) {
    check(`${name} is not sent, and not done, when a request before it fails`, async () => {
      for (const status of [500, 401, 200]) await failBefore(subject, operation, fixtures, status);
    });
    check(`${name} ends when its time is up and a request before it is not answered`, async () => {
      await failBefore(subject, operation, fixtures, "silent");
    });
  }

  check(`${name} shows no secret and nothing of the buyer in any outcome`, async () => {
    const texts = [...secretsOf(subject), ...privateTexts(subject)];
    for (const fault of faultsFor(documented, refused)) {
      const { ending } = await suffer(subject, operation, fault);
      assertHides(withoutForm(ending), texts, `the outcome of a ${name} when ${fault.when}`);
    }
  });
}

function nameOf({ name }: Operation, { gives, when }: Fault): string {
  if (gives === "done" || gives === "done or unknown") return `${name} is sound when ${when}`;
  if (name === "retrieve") return `retrieve ${gives === "rejected" ? "decides nothing" : "throws"} when ${when}`;
  return `${name} is ${gives} when ${when}`;
}

async function suffer(
  subject: Subject,
  operation: Operation,
  { acts, unread }: Pick<Fault, "acts" | "unread">,
): Promise<{ readonly ending: Ending; readonly gateway: Gateway }> {
  const { documented } = operation;
  const time = new AbortController();
  const hands = { documented, timeIsUp: () => time.abort(new Error("time is up")) };
  return withAdapter(
    subject,
    (exchange) => {
      // An adapter that followed the redirect would get the documented answer.
      if (exchange.request.target.startsWith("/elsewhere")) reply(exchange.response, documented);
      else acts[0]?.(exchange, hands);
    },
    async (provider, gateway) => ({ ending: await end(operation, provider, newCall(time.signal)), gateway }),
    { unread },
  );
}

/** Lets the request before the one that counts fail, if the operation sends such a request. */
async function failBefore(
  subject: Subject,
  operation: Operation,
  { before }: ProviderFixtures,
  status: number | "silent",
): Promise<void> {
  let failed = 0;
  const time = new AbortController();
  await withAdapter(
    subject,
    ({ response }) => reply(response, operation.documented),
    async (provider, { requests }) => {
      const ending = await end(operation, provider, newCall(time.signal));
      if (failed === 0) return;
      assert.ok(!operation.done.includes(ending.kind), `${operation.name} is not done`);
      assert.equal(requests.length, 0, "it is not asked for");
      assertHides(withoutForm(ending), [...secretsOf(subject), ...privateTexts(subject)], "the outcome");
    },
    {
      before(request) {
        if (before?.(request) === undefined) return undefined;
        failed++;
        if (status === "silent") {
          time.abort(new Error("time is up"));
          return "silent";
        }
        return { status, body: `${JSON.stringify(request.headers)} ${request.body}` };
      },
    },
  );
}

/** Runs the operation to its end. Only `retrieve` may throw. */
async function end({ name, run }: Operation, provider: PaymentProvider, call: Call): Promise<Ending> {
  try {
    const ending = await inTime(run(provider, call), name, call.signal);
    if (name !== "retrieve") assertOutcome(name, ending);
    return ending;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    if (name === "retrieve") return { kind: "thrown", error } as Ending;
    return assert.fail(
      `${name} threw ${error instanceof Error ? error.name : typeof error}; it answers with an outcome`,
    );
  }
}

function expectKind(operation: Operation, { kind, retryable }: Ending, expected: Expected): void {
  const label = kind === "rejected" && retryable ? "rejected, retryable" : kind;
  const allowed = allowedKinds(operation, expected);
  assert.ok(allowed.includes(label), `${operation.name} is ${allowed.join(" or ")}, not ${label}`);
}

function allowedKinds({ done, name }: Operation, expected: Expected): readonly string[] {
  // `retrieve` has no outcome for a missing answer: it throws.
  const otherwise = name === "retrieve" ? "thrown" : "unknown";
  switch (expected) {
    case "done":
      return done;
    case "done or unknown":
      return [...done, otherwise];
    case "rejected":
      return name === "retrieve" ? [otherwise, "unrecognized", "pending"] : [expected];
    default:
      return [name === "retrieve" ? otherwise : expected];
  }
}

/** The outcome without the fields of a form, which may hold secrets because Pay encrypts them. */
function withoutForm(ending: Ending): unknown {
  const { next, ...rest } = ending as Ending & { readonly next?: { readonly kind: string; readonly url?: string } };
  return { ...rest, next: next?.url };
}
