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
 * One key, two layouts: what is signed for a create, cut otherwise, must be no callback. The buyer's browser carries forms, and
 * buyers choose part of what they are described by, such as a nickname in a description.
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

/** A recorded callback and the places in it that are signed; none where its body is. */
interface Shape {
  readonly callback: Callback;
  readonly places: readonly Place[];
}

/** One callback of each kind: those in which the same places are signed are alike. */
function shapesOf(subject: Subject, { covers }: Signature): readonly Shape[] {
  const shapes = new Map<string, Shape>();
  for (const { callback } of recordedOf(subject)) {
    const places = covers === "body" ? [] : covers.filter((place) => read(callback, place) !== undefined);
    const key = covers === "body" ? "body" : places.map((place) => covers.indexOf(place)).join();
    if (!shapes.has(key)) shapes.set(key, { callback, places });
  }
  return [...shapes.values()];
}

/** A create that the adapter made, and what its values are cut at. */
interface Created {
  readonly cuts: readonly string[];
  readonly sent: WireRequest;
}

/** What stands between signed fields, as gateways have it. */
const CUTS = [";", "|", ":", ",", ""];

/** Creates whose description says what a callback would; one that the adapter refuses signs nothing. */
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

/** Each part of a request that may be its signature, as long as a callback's and put in its place. */
function signaturesIn(sent: WireRequest, genuine: string): readonly string[] {
  const [longest = ""] = runsOf(genuine).toSorted((one, other) => other.length - one.length);
  const texts = [...leavesOf(sent).map(({ text }) => text), ...Object.values(sent.headers)];
  const found = texts.flatMap(runsOf).filter((run) => run.length === longest.length);
  return [...new Set(found)].map((run) => genuine.replace(longest, () => run));
}

const runsOf = (text: string): readonly string[] => text.match(/[\w+/=-]{16,}/g) ?? [];

/** Callbacks that say what was sent: the body as it is, or its values in the places that are signed. */
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

/** A number where the callback has one. */
function alike(callback: Callback, place: Place, text: string): string {
  const isNumber = place.in === "json" && !read(callback, place)?.startsWith('"') && /^[1-9]\d*(\.\d+)?$/.test(text);
  return isNumber ? text : literal(place, text);
}
