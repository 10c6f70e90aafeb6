import { ASKING } from "./mutations/answers.ts";
import { RECEIVING } from "./mutations/callbacks.ts";
import { FORGING } from "./mutations/forged-callbacks.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { CREATING } from "./mutations/requests.ts";
import { SIGNING } from "./mutations/signatures.ts";
import { PROMISING } from "./mutations/traits-and-replies.ts";

export type { AdapterName, Mutation } from "./mutations/mutation.ts";

/** What adapters get wrong, as seen in public clients and in the trackers of comparable systems, by what it is about. */
export const GROUPS: Readonly<Record<string, readonly Mutation[]>> = {
  "What it says of itself, and answers": PROMISING,
  "What it makes of a gateway that does not answer as documented": ASKING,
  "What it tells the gateway, and where it sends buyers": CREATING,
  "What it makes of callbacks": RECEIVING,
  "What it believes of anybody": FORGING,
  "What its signatures leave open": SIGNING,
};

export const MUTATIONS: readonly Mutation[] = Object.values(GROUPS).flat();

/** The mutations as tables, for the README. */
export function mutationTables(): string {
  return Object.entries(GROUPS)
    .map(([title, mutations]) => {
      const rows = mutations.map(({ adapter, costs, mistake, noticedBy }) => [adapter, mistake, costs, noticedBy]);
      return [
        `#### ${title}`,
        "",
        "| adapter | what it does wrong | what that would cost a shop | test that notices |",
        "|---|---|---|---|",
        ...rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`),
      ].join("\n");
    })
    .join("\n\n");
}
