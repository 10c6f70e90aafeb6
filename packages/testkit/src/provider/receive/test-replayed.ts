import { takeEach } from "../create/take-payment.ts";
import { type Callback, literal, type Place, read, textAt, write } from "../fixtures/places.ts";
import type { Signature } from "../fixtures/provider-fixtures.ts";
import { recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import type { Subject } from "../subject.ts";
import { choicesOf, runOn } from "../texts/cut-points.ts";
import { leavesOf } from "../texts/request-fields.ts";
import { assertRefused, deliver } from "./deliver.ts";

/**
 * Tests that a signature of a create proves no callback. If both are signed with one key, a buyer could cut the signed text of a create
 * into the fields of a callback: the buyer's browser carries forms, and buyers choose parts of a description, such as a nickname.
 */
export function testReplayed(subject: Subject, proof: Signature): void {
  subject.check("refuses a callback proved by what was signed for a create, however that is cut", async () => {
    for (const base of shapesOf(subject, proof)) {
      for (const created of await signedCreates(subject, base)) {
        for (const signature of signaturesIn(created.sent, textAt(base.callback, proof.at))) {
          for (const callback of forgeries(base, created)) {
            const forged = write(callback, proof.at, literal(proof.at, signature));
            assertRefused(await deliver(subject.provider, forged), "that says what a create signed");
          }
        }
      }
    }
  });
}

/** A recorded callback and its signed places; none if its whole body is signed. */
interface Shape {
  readonly callback: Callback;
  readonly places: readonly Place[];
}

/** One callback for each set of signed places. */
function shapesOf(subject: Subject, { covers }: Signature): readonly Shape[] {
  const shapes = new Map<string, Shape>();
  for (const { callback } of recordedOf(subject)) {
    const places = covers === "body" ? [] : covers.filter((place) => read(callback, place) !== undefined);
    const key = covers === "body" ? "body" : places.map((place) => covers.indexOf(place)).join();
    if (!shapes.has(key)) shapes.set(key, { callback, places });
  }
  return [...shapes.values()];
}

/** A create that the adapter sent, and the separators to cut its values at. */
interface Created {
  readonly cuts: readonly string[];
  readonly sent: WireRequest;
}

/** Separators that gateways put between signed fields. */
const CUTS = [";", "|", ":", ",", ""];

/** Sends creates whose description contains the values of a callback. A create that the adapter refuses is left out. */
async function signedCreates(subject: Subject, { callback, places }: Shape): Promise<readonly Created[]> {
  const [checkout] = subject.fixtures.create.requests;
  const values = places.map((place) => textAt(callback, place));
  const cutsOf = new Map([[checkout.description, CUTS]]);
  for (const length of [1, 2, 3].filter((count) => count <= values.length)) {
    for (const cut of CUTS) {
      const description = values.slice(0, length).join(cut);
      if (/^\P{Cc}{1,200}$/u.test(description)) cutsOf.set(description, [...(cutsOf.get(description) ?? []), cut]);
    }
  }
  const checkouts = [...cutsOf.keys()].map((description) => ({ ...checkout, description }));
  const taken = await takeEach(subject, checkouts, "where they are taken");
  return taken.map(({ request, sent }) => ({ sent, cuts: cutsOf.get(request.description) ?? [] }));
}

/** Each part of a request that may be its signature: those as long as the callback's own. */
function signaturesIn(sent: WireRequest, genuine: string): readonly string[] {
  const [longest = ""] = runsOf(genuine).toSorted((one, other) => other.length - one.length);
  const texts = [...leavesOf(sent).map(({ text }) => text), ...Object.values(sent.headers)];
  const found = texts.flatMap(runsOf).filter((run) => run.length === longest.length);
  return [...new Set(found)].map((run) => genuine.replace(longest, () => run));
}

const runsOf = (text: string): readonly string[] => text.match(/[\w+/=-]{16,}/g) ?? [];

/** Callbacks made from the request: its body as it is, or its values in the signed places. */
function* forgeries({ callback, places }: Shape, { cuts, sent }: Created): Generator<Callback> {
  yield { ...callback, body: Buffer.from(sent.body) };
  if (places.length === 0) return;
  const leaves = leavesOf(sent).map(({ text }) => text);
  const own = places.map((place) => textAt(callback, place));
  for (const cut of cuts) {
    const choices =
      cut === ""
        ? runOn(leaves, own)
        : choicesOf(
            leaves.flatMap((text) => text.split(cut)),
            own.length,
          );
    for (const chosen of choices) {
      yield places.reduce((so, place, at) => write(so, place, alike(callback, place, chosen[at] ?? "")), callback);
    }
  }
}

/** The text as the place holds it: a number if the callback has a number there. */
function alike(callback: Callback, place: Place, text: string): string {
  const isNumber = place.in === "json" && !read(callback, place)?.startsWith('"') && /^[1-9]\d*(\.\d+)?$/.test(text);
  return isNumber ? text : literal(place, text);
}
