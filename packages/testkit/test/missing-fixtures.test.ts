import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import type { CallbackFixtures, ProviderFixtures } from "@pay/testkit";
import { testsOf } from "../broken-adapters/adapters.ts";
import type { AdapterName } from "../broken-adapters/mutations.ts";

type Change = (fixtures: ProviderFixtures) => ProviderFixtures;

const LISTING = "has a fixture for all that its traits and methods promise, and for no more";

const without = (name: keyof ProviderFixtures): Change => {
  return ({ [name]: _, ...rest }) => rest as ProviderFixtures;
};
const callbacks =
  (change: (callbacks: CallbackFixtures) => Partial<CallbackFixtures>): Change =>
  (fixtures) => ({ ...fixtures, callbacks: { ...fixtures.callbacks, ...change(fixtures.callbacks) } });
const withoutPlace = (name: keyof CallbackFixtures["places"]): Change =>
  callbacks(({ places: { [name]: _, ...places } }) => ({ places }));
/** Signs every place but one. */
function uncovered(name: keyof CallbackFixtures["places"]): Change {
  return callbacks(({ places: { [name]: _, ...signed }, proof }) =>
    proof?.kind === "signature" ? { proof: { ...proof, covers: Object.values(signed) } } : {},
  );
}
const only = (isWanted: (one: CallbackFixtures["recorded"][number]) => boolean): Change =>
  callbacks(({ recorded }) => ({ recorded: recorded.filter(isWanted) }));
const reports = (status: string) => (one: CallbackFixtures["recorded"][number]) =>
  one.gives.kind === "notification" && one.gives.reported.status === status;

const MISSING: readonly [string, AdapterName, Change, string][] = [
  ["no source", "acme", (fixtures) => ({ ...fixtures, sources: [] }), "sources: add"],
  [
    "a secret that occurs by chance",
    "acme",
    (fixtures) => ({ ...fixtures, secrets: ["key"] }),
    "secrets, keys, personal:",
  ],
  ["no proof", "toll", callbacks(() => ({ proof: undefined as never })), 'kind: "shared-secret"'],
  ["no callbacks", "acme", callbacks(() => ({ recorded: [] })), "callbacks.recorded: add one by POST"],
  ["no success", "toll", only(reports("failed")), "add a success"],
  ["no failure, though failures are final", "toll", only(reports("succeeded")), "add a failure"],
  [
    "no payment of the address",
    "beacon",
    callbacks(({ recorded }) => ({
      recorded: recorded.map(({ callback: { paymentId: _, ...callback }, gives }) => ({ callback, gives })),
    })),
    "callbacks.recorded: add paymentId",
  ],
  [
    "a payment of an address that there is not",
    "toll",
    callbacks(({ recorded }) => ({
      recorded: recorded.map(({ callback, gives }) => ({ callback: { ...callback, paymentId: "pay_1" }, gives })),
    })),
    "callbacks.recorded: leave paymentId out",
  ],
  ["no callback by one of the methods", "rumor", only(({ callback }) => callback.method === "GET"), "add one by POST"],
  ["no place of the status", "acme", withoutPlace("status"), "callbacks.places.status: add"],
  [
    "no place of a refund's status",
    "acme",
    callbacks(({ places }) => ({ places: { ...places, status: { in: "json", name: "state" } } })),
    "callbacks.places.refundStatus: add",
  ],
  ["no place of the amount", "acme", withoutPlace("amount"), "callbacks.places.amount: add"],
  ["no place of the currency", "acme", withoutPlace("currency"), "callbacks.places.currency: add"],
  ["no place of the reference", "acme", withoutPlace("merchantReference"), "callbacks.places.merchantReference: add"],
  [
    "no place of the gateway's name",
    "toll",
    withoutPlace("providerReference"),
    "callbacks.places.providerReference: add",
  ],
  ...(["status", "amount", "currency", "merchantReference"] as const).map((name): (typeof MISSING)[number] => [
    `a signature that leaves out the ${name}`,
    "acme",
    uncovered(name),
    `callbacks.proof.covers: add places.${name}`,
  ]),
  [
    "a signature of the body, and a status outside the body",
    "acme",
    callbacks(({ places }) => ({ places: { ...places, status: { in: "query", name: "status" } } })),
    "callbacks.proof.covers: add places.status",
  ],
  [
    "a signature that leaves out the only name that its payment has",
    "whisper",
    uncovered("merchantReference"),
    "callbacks.proof.covers: add places.merchantReference",
  ],
  ["no price", "acme", (fixtures) => ({ ...fixtures, amounts: {} }), 'amounts: add "0.01 PLN", with the text'],
  [
    "no price of a currency with other decimals",
    "mint",
    (fixtures) => ({ ...fixtures, amounts: { "0.01 PLN": "1", "10.00 PLN": "1000" } }),
    'amounts: add "10 JPY"',
  ],
  [
    "a price that is none",
    "toll",
    ({ amounts, ...fixtures }) => ({ ...fixtures, amounts: { ...amounts, "1 grosz": "1" } }),
    'amounts: "1 grosz" is no price',
  ],
  [
    "prices that contradict each other",
    "toll",
    (fixtures) => ({ ...fixtures, amounts: { "0.01 PLN": "1", "10.00 PLN": "10.00" } }),
    "amounts: the texts of PLN contradict each other",
  ],
  [
    "callbacks in another unit than the prices",
    "toll",
    (fixtures) => ({ ...fixtures, amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" } }),
    "callbacks.recorded[0]: amounts does not write 19.99 PLN as 1999",
  ],
  [
    "answers in another unit than the prices",
    "rumor",
    (fixtures) => ({ ...fixtures, amounts: { "0.01 PLN": "1", "10.00 PLN": "1000" } }),
    "retrieve.answers[0]: nothing in the answer is 19.99 PLN",
  ],
  ["no field of a return address", "acme", returning(undefined), "create.returnFields: name the fields"],
  [
    "fields of return addresses that are not sent",
    "toll",
    returning({ success: "url" }),
    "create.returnFields: remove",
  ],
  ["no callback of a refund", "acme", withoutRefundCallback, "refund.callbackFor: add"],
  ["no answer to a create", "toll", withoutAnswers, "create.accepted: add"],
  ["no answer to a question", "acme", without("retrieve"), "retrieve: add its documented answers"],
  ["no answer to a refund", "acme", without("refund"), "refund: add its documented answers"],
  ["no answer to a cancellation", "acme", without("cancel"), "cancel: add its documented answers"],
  [
    "an answer to what the provider cannot ask",
    "toll",
    (fixtures) => ({ ...fixtures, retrieve: { answers: [] as never, withStatus: () => ({ status: 200, body: "" }) } }),
    "retrieve: the provider has no such method",
  ],
];

function returning(returnFields: ProviderFixtures["create"]["returnFields"]): Change {
  return ({ create: { returnFields: _, ...create }, ...rest }) => ({
    ...rest,
    create: { ...create, ...(returnFields && { returnFields }) } as ProviderFixtures["create"],
  });
}

function withoutRefundCallback({ refund, ...rest }: ProviderFixtures): ProviderFixtures {
  const { callbackFor: _, ...others } = refund!;
  return { ...rest, refund: others };
}

function withoutAnswers({ create, ...rest }: ProviderFixtures): ProviderFixtures {
  return "form" in create ? { create, ...rest } : { create: { ...create, accepted: [] }, ...rest };
}

describe("fixtures with", () => {
  it.each(MISSING)("%s fail a test, which says what to add (%s)", async (_, name, change, remedy) => {
    const tests = await testsOf(name, undefined, change);
    const listing = tests.find((test) => test.name === LISTING);
    assert.ok(listing);
    await assert.rejects(listing.run, ({ message }: Error) => message.includes(remedy));
  });

  it("all that is needed fail none", async () => {
    const tests = await testsOf("acme");
    await tests.find((test) => test.name === LISTING)?.run();
    assert.equal(new Set(tests.map(({ name }) => name)).size, tests.length, "every test has a name of its own");
  });
});
