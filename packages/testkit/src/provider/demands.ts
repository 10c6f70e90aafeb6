import { isDeepStrictEqual } from "node:util";
import type { Capability, PaymentProvider, ProviderTraits } from "@pay/core/adapter";
import type { CallbackFixtures, ProviderFixtures, Told, Unbranded } from "./fixtures.ts";
import { read, whole } from "./places.ts";
import { hasOwnAddresses, isUnauthenticated, type Subject } from "./subject.ts";

export const CAPABILITIES: readonly Capability[] = ["retrieve", "refund", "cancel"];

/** What the traits and the methods promise and no fixture shows, or the reverse; each says what to do. */
export function missingFixtures({ fixtures, provider }: Subject): readonly string[] {
  const found: string[] = [];
  const demand = (isThere: boolean, remedy: string) => {
    if (!isThere) found.push(remedy);
  };
  demandSources(fixtures, provider, demand);
  demandProof(fixtures, provider, demand);
  demandCallbacks(fixtures, provider, demand);
  demandPlaces(fixtures, provider, demand);
  demandAnswers(fixtures, provider, demand);
  return found;
}

type Demand = (isThere: boolean, remedy: string) => void;
type Traits = Pick<PaymentProvider, "traits">;

function demandSources({ callbacks, secrets, sources }: ProviderFixtures, { traits }: Traits, demand: Demand): void {
  const compares = traits.callback.authentication.some((proof) => proof === "shared-secret" || proof === "signature");
  demand(!compares || sources.length > 0, "sources: add the adapter's source files");
  const keys = callbacks.proof === undefined ? [] : Object.values(callbacks.proof.keys).flat();
  const texts = [...secrets, ...keys, ...(callbacks.personal ?? [])];
  demand(
    texts.every((text) => text.length >= 6),
    "secrets, keys, personal: use texts of at least 6 characters, which occur nowhere by chance",
  );
}

function demandProof({ callbacks }: ProviderFixtures, { traits }: Traits, demand: Demand): void {
  const { amount, authentication } = traits.callback;
  const { places, proof } = callbacks;
  for (const kind of ["shared-secret", "signature"] as const) {
    const isPromised = authentication.includes(kind);
    demand(!isPromised || proof?.kind === kind, `callbacks.proof: add how the ${kind} is checked (kind: "${kind}")`);
    demand(isPromised || proof?.kind !== kind, `callbacks.proof: is a ${kind}, which the traits do not name`);
  }
  if (amount === "signed")
    demand(isCovered(callbacks, "amount"), `${COVERS}.amount, since the traits call it "signed"`);
  if (proof?.kind !== "signature") return;
  for (const [name, since] of decisive(callbacks, traits)) {
    demand(places[name] === undefined || isCovered(callbacks, name), `${COVERS}.${name}, ${since}`);
  }
}

const COVERS = "callbacks.proof.covers: add places";
type PlaceName = keyof CallbackFixtures["places"];

/** What anybody could change under a signature that leaves it out, and with it what a callback means. */
function decisive({ recorded }: CallbackFixtures, { callback }: ProviderTraits): readonly [PlaceName, string][] {
  const all: [PlaceName, string][] = [];
  const says = recorded.some(({ gives }) => gives.kind !== "check_status");
  if (says) all.push(["status", "since nobody else may say what became of a payment; or give an ask, and retrieve"]);
  if (says) all.push(["refundStatus", "since nobody else may say what became of a refund"]);
  if (callback.amount === "signed") all.push(["currency", "without which an amount says nothing"]);
  if (callback.correlation === "merchant-reference")
    all.push(["merchantReference", "since a success must not move to another payment"]);
  if (callback.correlation === "provider-reference")
    all.push(["providerReference", "since a success must not move to another payment"]);
  return all;
}

function isCovered({ places, proof }: CallbackFixtures, name: PlaceName): boolean {
  const place = places[name];
  if (proof?.kind !== "signature" || place === undefined) return false;
  if (proof.covers === "body") return place.in !== "query" && place.in !== "header";
  return proof.covers.some((covered) => isDeepStrictEqual(covered, place));
}

function demandCallbacks({ callbacks: { recorded }, ...rest }: ProviderFixtures, provider: Traits, demand: Demand) {
  const { callback, failureIsFinal } = provider.traits;
  const told = recorded.map(({ gives }) => gives);
  const answers = rest.retrieve?.answers.map(({ gives }) => gives) ?? [];
  const reported = [
    ...told.filter((gives) => gives.kind === "notification").map((gives) => gives.reported),
    ...answers,
  ];
  const isSeen = (status: string) => reported.some((one) => one.status === status);
  demand(isSeen("succeeded"), "callbacks.recorded (or retrieve.answers): add a success");
  demand(
    !failureIsFinal || isSeen("failed"),
    "callbacks.recorded (or retrieve.answers): add a failure, since the traits call failures final",
  );
  for (const method of callback.methods) {
    demand(
      recorded.some((one) => one.callback.method === method),
      `callbacks.recorded: add one by ${method}, a method of the traits`,
    );
  }
  const isOwn = hasOwnAddresses(provider);
  demand(
    recorded.every((one) => (one.callback.paymentId !== undefined) === isOwn),
    isOwn
      ? "callbacks.recorded: add paymentId, since each callback comes to the address of its payment"
      : "callbacks.recorded: leave paymentId out, since callbacks come to one address",
  );
  demand(
    !isUnauthenticated(provider) || told.every(({ kind }) => kind === "check_status"),
    "callbacks.recorded: what proves nothing can only give an ask",
  );
}

function demandPlaces({ callbacks: { places, recorded } }: ProviderFixtures, { traits }: Traits, demand: Demand): void {
  const { amount, correlation } = traits.callback;
  const told: readonly Unbranded<Told>[] = recorded.map(({ gives }) => gives);
  const reported = told.filter((gives) => gives.kind === "notification").map((gives) => gives.reported);
  const hasWords =
    new Set(reported.map(({ status }) => status)).size > 1 ||
    reported.some(({ providerStatus }) => providerStatus !== undefined);
  demand(!hasWords || places.status !== undefined, "callbacks.places.status: add where the gateway's word stands");
  const refunds = recorded.filter(({ gives }) => gives.kind === "refund" && gives.refund.providerStatus !== undefined);
  const refundStatus = places.refundStatus ?? places.status;
  demand(
    refunds.every(({ callback }) => refundStatus !== undefined && read(whole(callback), refundStatus) !== undefined),
    "callbacks.places.refundStatus: add where the gateway's word for a refund stands",
  );
  const hasAmount = amount !== "absent";
  demand(!hasAmount || places.amount !== undefined, "callbacks.places.amount: add, since the traits promise an amount");
  demand(
    !hasAmount || traits.currencies.length < 2 || places.currency !== undefined,
    "callbacks.places.currency: add, since an amount of several currencies says nothing without it",
  );
  demand(
    correlation !== "merchant-reference" || places.merchantReference !== undefined,
    "callbacks.places.merchantReference: add, since callbacks name payments by our reference",
  );
  const hasRef =
    correlation === "provider-reference" || told.some(({ providerReference }) => providerReference !== undefined);
  demand(
    !hasRef || places.providerReference !== undefined,
    "callbacks.places.providerReference: add where the gateway's name for the payment stands",
  );
}

function demandAnswers(fixtures: ProviderFixtures, provider: PaymentProvider, demand: Demand): void {
  for (const capability of CAPABILITIES) {
    const can = provider[capability] !== undefined;
    const isShown = fixtures[capability] !== undefined;
    demand(!can || isShown, `${capability}: add its documented answers, since the provider can`);
    demand(can || !isShown, `${capability}: the provider cannot; remove the fixture or add the method`);
  }
  const statusChecks = fixtures.callbacks.recorded.some(({ gives }) => gives.kind === "check_status");
  demand(
    !statusChecks || provider.retrieve !== undefined,
    "retrieve: add the method, since callbacks say no more than to ask",
  );
  const { create } = fixtures;
  demand("form" in create || create.accepted.length > 0, "create.accepted: add a documented answer, or create.form");
}
