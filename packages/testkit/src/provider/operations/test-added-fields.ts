import { same } from "../../same.ts";
import { type Callback, literal, type Place, write } from "../fixtures/places.ts";
import { each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { deliver } from "../receive/deliver.ts";
import { isForm } from "../receive/test-kept-texts.ts";
import type { Subject } from "../subject.ts";
import { documentedOperations } from "./every-operation.ts";
import { readsAnswers } from "./operation.ts";

const ADDED = "added_tomorrow";

/** Tests fields that the document does not name: gateways add some without notice. */
export function testAddedFields(subject: Subject): void {
  const { check, provider } = subject;
  check("reads callbacks and answers alike when the gateway adds a field", async () => {
    await each(recordedOf(subject), async ({ callback, gives }) => {
      const place = placeIn(callback);
      const changed = place && proved(subject, write(callback, place, literal(place, "1")));
      if (changed === undefined) return;
      same(
        await deliver(provider, changed),
        gives,
        `${ADDED} is left alone; do not demand exactly the documented fields`,
      );
    });

    for (const { answers, list, ...operation } of documentedOperations(subject)) {
      const added = answers.map(({ answer, gives }) => ({ answer: withField(answer), gives }));
      await readsAnswers(subject, operation, list, added);
    }
  });
}

/** Where a callback has its fields; `undefined` if that is no place to write to, such as XML. */
function placeIn({ body }: Callback): Place | undefined {
  const text = body.toString();
  if (text === "") return { in: "query", name: ADDED };
  if (isObject(text)) return { in: "json", name: ADDED };
  return isForm(text) ? { in: "form", name: ADDED } : undefined;
}

function withField(answer: WireAnswer): WireAnswer {
  return isObject(answer.body)
    ? { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), [ADDED]: "1" }) }
    : answer;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
