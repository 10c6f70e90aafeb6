import { same } from "../../same.ts";
import { type Callback, literal, move, type Place, read, repeat, textAt, write } from "../fixtures/places.ts";
import type { SharedSecret, Signature } from "../fixtures/provider-fixtures.ts";
import { each, proveWith, recordedOf, sealWith } from "../fixtures/recorded-callbacks.ts";
import { wordsOf } from "../manifest/sources.ts";
import type { Subject } from "../subject.ts";
import { longer, multibyte, oneByteChanged, oneChanged, otherSpellings, shorter } from "../texts/almost-equal.ts";
import { assertHides, secretsOf } from "../texts/secrets.ts";
import { deliver } from "./deliver.ts";
import { refuses } from "./refuses.ts";
import { testGenuineTexts } from "./test-genuine-texts.ts";
import { testReplayed } from "./test-replayed.ts";

/** Tests proofs that are invented, damaged, old or in another place. */
export function testProofs(subject: Subject, proof: SharedSecret | Signature): void {
  forgingProofs(subject, proof);
  forgingKeys(subject, proof);
  hidingProofs(subject, proof);
  if (proof.kind !== "signature") return;
  forgingSigned(subject, proof);
  testGenuineTexts(subject, proof);
  testReplayed(subject, proof);
}

function forgingProofs(subject: Subject, proof: SharedSecret | Signature): void {
  const { at } = proof;
  const isSigned = proof.kind === "signature" && proof.covers === "body";
  const name = proof.kind === "signature" ? "signature" : "secret";
  /** The callback with each of these texts in place of the proof. */
  const instead = (make: (own: string) => readonly string[]) => (callback: Callback) =>
    make(textAt(callback, at)).map((forged) => write(callback, at, literal(at, forged)));

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

/** Tests that refusals hide the expected proof. A reader of a log could use it like a key. */
function hidingProofs(subject: Subject, { at }: SharedSecret | Signature): void {
  subject.check("names in a refusal neither a key nor the expected proof", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      const right = textAt(callback, at);
      for (const forged of [undefined, literal(at, "wrong"), literal(at, oneChanged(right)[0]!)]) {
        const parsed = await deliver(subject.provider, write(callback, at, forged));
        assertHides(parsed, [right, ...secretsOf(subject)], "a refusal");
      }
    });
  });
}

function forgingKeys(subject: Subject, proof: SharedSecret | Signature): void {
  const { at, keys } = proof;
  const { accepted, old, otherAccount } = keys;

  subject.check("accepts what any of its keys proves", async () => {
    for (const key of accepted) {
      await each(recordedOf(subject), async ({ callback, gives }) => {
        const signed = sealWith(proof, callback, key);
        same(await deliver(subject.provider, signed), gives, `proved by key ${accepted.indexOf(key) + 1}`);
      });
    }
  });

  const provedBy = (keys: readonly string[]) => (callback: Callback) => {
    // Two spellings of one key, such as hexadecimal with something behind it, make one proof.
    const genuine = accepted.map((key) => read(sealWith(proof, callback, key), at));
    const proved = keys.map((key) => proveWith(proof, callback, key));
    return proved.filter((one) => one !== undefined && !genuine.includes(read(one, at)));
  };
  refuses(subject, "proved by a key that was given up", provedBy([old]));
  refuses(subject, "proved by the key of another account", provedBy([otherAccount]));
  const [first] = accepted;
  const { fixtures, provider } = subject;
  const account = provider.merchantAccount.split(/:(.*)/s)[1] ?? "";
  const known = [account, ...fixtures.secrets, ...wordsOf(fixtures.sources).texts];
  const almost = [accepted.join(), `${first}${first}`, first.slice(0, -1), ...oneChanged(first)];
  // A pair of keys has a form that other texts do not have, and its signatures may differ each time: two spellings of one key could not
  // be told from two keys.
  if (isOfPair(subject, proof)) return;
  refuses(
    subject,
    "proved by what is no key: the account, another secret, or a text of the sources",
    provedBy(known.filter((text) => !accepted.includes(text))),
  );
  refuses(subject, "proved by no key, or by what is almost one", provedBy(["", "undefined", "null", ...almost]));
}

/** True if no text but a private key signs. */
function isOfPair(subject: Subject, proof: SharedSecret | Signature): boolean {
  const [recorded] = recordedOf(subject);
  return recorded !== undefined && proveWith(proof, recorded.callback, "undefined") === undefined;
}

/** Tests changes of signed fields under the old signature. */
function forgingSigned(subject: Subject, { at, covers }: Signature): void {
  const { places } = subject.fixtures.callbacks;
  const known = [
    places.status,
    places.kind,
    places.refundStatus,
    places.amount,
    places.currency,
    places.merchantReference,
    places.providerReference,
  ];
  const signed = covers === "body" ? known.filter((place) => place !== undefined && isInBody(place)) : covers;
  const fields = signed.filter((place) => place !== undefined);

  refuses(subject, "in which a signed field was changed", (callback) =>
    fields.flatMap((place) => alterations(callback, place).map((text) => write(callback, place, text))),
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

/** Other values for a field; none if the callback lacks the field. */
function alterations(callback: Callback, place: Place): readonly (string | undefined)[] {
  const own = read(callback, place);
  if (own === undefined) return [];
  if (place.in === "json" && !own.startsWith('"')) {
    const numbers = [...oneChanged(own), ...shorter(own), `${own}0`].filter((one) => /^[1-9]\d*(\.\d+)?$/.test(one));
    return [...numbers, "true", "false", "null", "[]", undefined].filter((json) => json !== own);
  }
  const text = textAt(callback, place);
  const texts = [...oneChanged(text), ...shorter(text), `${text}0`, `0${text}`, ""];
  return [...texts.map((one) => literal(place, one)), undefined];
}

const isInBody = (place: Place) => place.in === "form" || place.in === "json" || place.in === "elsewhere";
