import assert from "node:assert/strict";
import type { ProviderReference } from "@pay/core/adapter";
import { type Place, read, write } from "../fixtures/places.ts";
import { each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { deliver } from "../receive/deliver.ts";
import { placesIn } from "../receive/test-kept-texts.ts";
import {
  inTime,
  MERCHANT_REFERENCE,
  newCall,
  paymentName,
  refundRequest,
  type Subject,
  withAdapter,
} from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { isId, otherIds } from "../texts/id-forms.ts";
import { type DocumentedOperation, documentedOperations } from "./every-operation.ts";
import { answerEach } from "./operation.ts";

const REMEDY = "an id is any text: take it with parseProviderReference, without a pattern or a length of your own";

/** Tests ids in other forms. A gateway that changes the form of its ids would lose every payment at an adapter that knows the old form. */
export function testIdForms(subject: Subject): void {
  subject.check("takes the gateway's ids in each form, in answers, in callbacks and for requests", async () => {
    for (const operation of documentedOperations(subject)) {
      await each(labelled(operation), ({ answer, gives }) => readsIds(subject, operation, answer, nameIn(gives)));
      if (operation.name !== "create") await sendsIds(subject, operation);
    }
    await each(recordedOf(subject), ({ callback, gives }) => {
      const refund = gives.kind === "refund" ? gives.refund.providerReference : undefined;
      const own = [gives.providerReference, refund].filter((id) => !ours(subject).includes(id));
      return Promise.all(own.map((id) => hearsIds(subject, callback, id))).then(() => {});
    });
  });
}

function labelled({ answers, list }: DocumentedOperation) {
  return answers.map((one, at) => ({ ...one, label: `${list}[${at}]` }));
}

/** Names that we gave, which the gateway repeats. */
function ours(subject: Subject): readonly (string | undefined)[] {
  return [MERCHANT_REFERENCE, refundRequest(subject).refundMerchantReference];
}

function nameIn(outcome: unknown): string | undefined {
  const meant: unknown = typeof outcome === "function" ? outcome("https://gateway.example") : outcome;
  return (meant as { readonly providerReference?: string } | undefined)?.providerReference;
}

async function readsIds(subject: Subject, operation: DocumentedOperation, answer: WireAnswer, id?: string) {
  // A refund's or a status's answer may repeat the name of the payment that it was asked about.
  const asked = operation.name === "create" ? [] : [paymentName(subject).providerReference];
  const own = saidIn(answer).filter(({ value }) => isId(value, id));
  if (own.length === 0 || [...ours(subject), ...asked].includes(id)) return;
  for (const other of otherIds(own[0]!.value)) {
    const changed = own.reduce((so, { at }) => saidIn(so)[at]!.with(other), answer);
    await answerEach(subject, operation, [changed], (outcome) =>
      assert.equal(nameIn(outcome), String(other), `${operation.name} takes ${other} for the id; ${REMEDY}`),
    );
  }
}

/** Tests that a request is sent about a payment whose id has another form. */
async function sendsIds(subject: Subject, { answers, name }: DocumentedOperation) {
  const { providerReference } = paymentName(subject);
  if (providerReference === undefined) return;
  for (const other of otherIds(writtenAs(subject, providerReference))) {
    const names = { ...paymentName(subject), providerReference: String(other) as ProviderReference };
    await withAdapter(
      subject,
      ({ response }) => reply(response, answers[0]!.answer),
      async (provider, { requests }) => {
        const pending =
          name === "refund"
            ? provider.refund!({ ...refundRequest(subject), ...names }, newCall())
            : provider[name === "cancel" ? "cancel" : "retrieve"]!(names, newCall());
        // The answer is about another payment, so only the request matters.
        await inTime(
          Promise.resolve(pending).catch(() => {}),
          name,
        );
        assert.ok(requests.length > 0, `${name} asks for the payment ${other}; ${REMEDY}`);
      },
    );
  }
}

/** The id as a callback writes it: a number, if it has the place of one. */
function writtenAs(subject: Subject, id: string): unknown {
  const place = subject.fixtures.callbacks.places.providerReference;
  const values = recordedOf(subject).map(({ callback }) => place && valueAt(callback, place));
  return values.find((value) => isId(value, id)) ?? id;
}

type Callback = ReturnType<typeof recordedOf>[number]["callback"];

function valueAt(callback: Callback, place: Place): unknown {
  const text = read(callback, place);
  return text !== undefined && place.in === "json" ? JSON.parse(text) : text;
}

async function hearsIds(subject: Subject, callback: Callback, id: string | undefined): Promise<void> {
  const places = placesIn(callback).filter((place) => isId(valueAt(callback, place), id));
  if (places.length === 0) return;
  for (const other of otherIds(valueAt(callback, places[0]!))) {
    if (mayEndSignedField(subject, other)) continue;
    const changed = places.reduce(
      (so, place) => write(so, place, place.in === "json" ? JSON.stringify(other) : String(other)),
      callback,
    );
    const signed = proved(subject, changed);
    if (signed === undefined) continue;
    const parsed = await deliver(subject.provider, signed);
    const names =
      "about" in parsed ? [nameIn(parsed), nameIn(parsed.about), "refund" in parsed && nameIn(parsed.refund)] : [];
    assert.ok(names.includes(String(other)), `receive takes ${other} for the id; ${REMEDY}`);
  }
}

/** Whether the id may have what stands between signed fields. An adapter refuses such a callback, since its signature fits other fields. */
function mayEndSignedField({ fixtures }: Subject, id: string | number): boolean {
  const { proof } = fixtures.callbacks;
  return proof?.kind === "signature" && proof.covers !== "body" && /[;:|,&]/.test(String(id));
}
