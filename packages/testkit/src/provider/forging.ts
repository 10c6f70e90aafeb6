import assert from "node:assert/strict";
import { same } from "../same.ts";
import { longer, multibyte, oneByteChanged, oneChanged, otherSpellings, shorter } from "./almost.ts";
import { assertRefused, deliver } from "./delivering.ts";
import type { SharedSecret, Signature } from "./fixtures.ts";
import { type Callback, literal, move, type Place, read, repeat, write } from "./places.ts";
import { claimOf, proved, proveWith, recordedOf, withPlace } from "./recorded.ts";
import { hasOwnAddresses, isHearsay, type Subject } from "./subject.ts";

/** What nobody but the gateway can say is not believed of anybody else. */
export function forging(subject: Subject): void {
  const { proof } = subject.fixtures.callbacks;
  if (proof !== undefined) {
    forgingProofs(subject, proof);
    forgingKeys(subject, proof);
  }
  if (proof?.kind === "signature") forgingSigned(subject, proof);
  if (hasOwnAddresses(subject.provider)) forgingAddresses(subject);
  if (isHearsay(subject.provider)) hearsay(subject);
  polluting(subject);
}

/** Registers a test in which every recorded callback, changed in each of these ways, is refused. */
function refuses(
  subject: Subject,
  what: string,
  change: (callback: Callback) => readonly (Callback | undefined)[],
): void {
  subject.check(`refuses a callback ${what}`, async () => {
    let tried = 0;
    // A genuine one that came before is no help to a forged one.
    for (const { callback } of recordedOf(subject)) await deliver(subject.provider, callback);
    for (const { callback } of recordedOf(subject)) {
      for (const changed of change(callback)) {
        if (changed === undefined || !canBeSent(changed)) continue;
        tried++;
        assertRefused(await deliver(subject.provider, changed), "it");
      }
    }
    assert.ok(tried > 0, "there is a way to try this; check callbacks.proof of the fixtures");
  });
}

/** HTTP headers carry single bytes, and no line breaks. */
function canBeSent({ headers }: Callback): boolean {
  return Object.values(headers).every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
}

function forgingProofs(subject: Subject, proof: SharedSecret | Signature): void {
  const { at } = proof;
  const isSigned = proof.kind === "signature" && proof.covers === "body";
  const name = proof.kind === "signature" ? "signature" : "secret";
  /** The callback with each of these texts in place of the proof. */
  const instead = (make: (own: string) => readonly string[]) => (callback: Callback) => {
    const own = read(callback, at) ?? "";
    const text = at.in === "json" ? String(JSON.parse(own)) : own;
    return make(text).map((forged) => write(callback, at, literal(at, forged)));
  };

  refuses(subject, `without a ${name}`, (callback) => [write(callback, at, undefined)]);
  refuses(
    subject,
    `with an empty ${name}`,
    instead(() => [""]),
  );
  refuses(subject, `with a ${name} that is cut`, instead(shorter));
  refuses(subject, `with a ${name} that is longer, or very long`, instead(longer));
  refuses(subject, `with a ${name} in which one character is another`, instead(oneChanged));
  refuses(subject, `with a ${name} of characters that are several bytes`, instead(multibyte));
  refuses(
    subject,
    `with a ${name} that is a guess`,
    instead(() => ["undefined", "null", "true", "0", "[object Object]", "*", "%", "' OR '1'='1"]),
  );
  if (proof.kind === "shared-secret") {
    refuses(subject, "with a secret that is spelled otherwise", instead(otherSpellings));
  }
  if (at.in === "json") {
    refuses(subject, `with a ${name} that is no text`, (callback) => {
      const own = read(callback, at);
      return ["true", "null", "0", "{}", `[${own}]`, '{"$ne":null}'].map((json) => write(callback, at, json));
    });
  }
  if (at.in !== "elsewhere") {
    refuses(subject, `with its ${name} twice, or another one beside it`, (callback) =>
      [literal(at, "x"), read(callback, at) ?? ""].flatMap((other) => repeat(callback, at, other)),
    );
    refuses(subject, `with its ${name} in another place`, (callback) => move(callback, at, isSigned));
  }
}

function forgingKeys(subject: Subject, proof: SharedSecret | Signature): void {
  const { accepted, old, otherAccount } = proof.keys;

  subject.check("accepts what any of its keys proves", async () => {
    for (const key of accepted) {
      for (const { callback, gives } of recordedOf(subject)) {
        const signed = proved(subject, callback, key);
        assert.ok(signed, "the fixture can prove it");
        same(await deliver(subject.provider, signed), gives, `proved by key ${accepted.indexOf(key) + 1}`);
      }
    }
  });

  const provedBy = (keys: readonly string[]) => (callback: Callback) =>
    keys.map((key) => proveWith(proof, callback, key));
  refuses(subject, "proved by a key that was given up", provedBy([old]));
  refuses(subject, "proved by the key of another account", provedBy([otherAccount]));
  const [first] = accepted;
  refuses(
    subject,
    "proved by no key, or by what is almost one",
    provedBy(
      ["", "undefined", "null", accepted.join(), `${first}${first}`, first.slice(0, -1), ...oneChanged(first)].filter(
        (key) => !(accepted as readonly string[]).includes(key),
      ),
    ),
  );
}

/** Everything that is signed, changed under the signature that was. */
function forgingSigned(subject: Subject, { at, covers }: Signature): void {
  const { places } = subject.fixtures.callbacks;
  const known = [places.status, places.amount, places.currency, places.reference, places.ref];
  const signed = covers === "body" ? known.filter((place) => place !== undefined && isInBody(place)) : covers;
  const fields = signed.filter((place) => place !== undefined);

  refuses(subject, "in which a signed field was changed", (callback) =>
    fields.flatMap((place) => alterations(place, read(callback, place)).map((text) => write(callback, place, text))),
  );

  if (covers !== "body") return;
  refuses(subject, "in which a byte of the body was changed, added or lost", ({ body, ...callback }) =>
    [
      ...oneByteChanged(body),
      body.subarray(0, -1),
      body.subarray(1),
      Buffer.concat([body, Buffer.from(" ")]),
      Buffer.concat([body, Buffer.from("\n")]),
      Buffer.concat([Buffer.from(" "), body]),
      Buffer.concat([body, body]),
      Buffer.alloc(0),
    ].map((changed) => ({ ...callback, body: changed })),
  );
  if (at.in !== "header" || recordedOf(subject).length < 2) return;
  refuses(subject, "whose signature is of another callback", (callback) =>
    recordedOf(subject)
      .filter((other) => !other.callback.body.equals(callback.body))
      .map((other) => write(callback, at, read(other.callback, at))),
  );
}

/** What a field could say instead; nothing where the callback does not have it. */
function alterations(place: Place, own: string | undefined): readonly (string | undefined)[] {
  if (own === undefined) return [];
  if (place.in === "json" && !own.startsWith('"')) {
    const numbers = [...oneChanged(own), ...shorter(own), `${own}0`].filter((one) => /^[1-9]\d*(\.\d+)?$/.test(one));
    return [...numbers, "true", "false", "null", "[]", undefined].filter((json) => json !== own);
  }
  const text = place.in === "json" ? String(JSON.parse(own)) : own;
  const texts = [...oneChanged(text), ...shorter(text), `${text}0`, `0${text}`, ""];
  return [...texts.map((one) => literal(place, one)), undefined];
}

const isInBody = (place: Place) => place.in === "form" || place.in === "json" || place.in === "elsewhere";

function forgingAddresses(subject: Subject): void {
  const { check, provider } = subject;
  check("refuses what did not come to a payment's own address, whatever it says, in one and the same way", async () => {
    const answers = [];
    for (const { callback } of recordedOf(subject)) {
      const { paymentId, ...stray } = callback;
      const named = { query: `paymentId=${paymentId}`, headers: { ...stray.headers, "x-payment-id": paymentId ?? "" } };
      for (const one of [
        stray,
        { ...stray, ...named },
        { ...stray, body: Buffer.alloc(0) },
        { ...stray, query: "a=1&a=2" },
      ]) {
        answers.push(await deliver(provider, one));
      }
    }
    for (const answer of answers) {
      assertRefused(answer, "no payment's address");
      assert.ok(answer.kind === "refused" && answer.reason === "unauthenticated", "it is not authenticated");
      same(answer, answers[0], "nothing about it shows");
    }
  });
}

/** Anybody can send it, so it may lead to a question and to nothing else. */
function hearsay(subject: Subject): void {
  const { check, provider } = subject;
  check("believes nothing of a callback that proves nothing: it asks, or refuses", async () => {
    for (const { callback } of recordedOf(subject)) {
      for (const [name, value] of CLAIMS) {
        for (const at of [{ in: "query", name } as const, { in: "form", name } as const]) {
          const reception = await deliver(provider, write(callback, at, value));
          assert.equal(claimOf(reception), undefined, "it claims nothing");
        }
      }
    }
  });
}

const CLAIMS = ["status", "state", "result", "paid", "success", "type", "event", "kind"].flatMap((name) =>
  ["OK", "paid", "true", "success", "succeeded", "refund", "1"].map((value) => [name, value] as const),
);

/** Readers that take the first of two values and readers that take the last must not be told different things. */
function polluting(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const places = Object.values(fixtures.callbacks.places).filter((place) => place.in !== "header");
  const polluted = places.flatMap((place) =>
    withPlace(subject, place).flatMap(({ callback, text }) =>
      [literal(place, "x"), text].flatMap((other) => repeat(callback, place, other)),
    ),
  );
  if (polluted.length === 0) return;
  check("refuses a callback in which something that it reads stands twice", async () => {
    for (const callback of polluted) {
      const signed = proved(subject, callback);
      if (signed !== undefined) assertRefused(await deliver(provider, signed), "two values of one name");
    }
  });
}
