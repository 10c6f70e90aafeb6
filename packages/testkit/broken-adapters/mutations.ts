import { ANSWERS } from "./mutations/answers.ts";
import { ASSUMPTIONS } from "./mutations/assumptions.ts";
import { BEYOND_EXAMPLES } from "./mutations/beyond-examples.ts";
import { CALLBACKS } from "./mutations/callbacks.ts";
import { FORGED_CALLBACKS } from "./mutations/forged-callbacks.ts";
import { WHAT_GATEWAYS_SEE } from "./mutations/gateway-sees.ts";
import { LARGE_GATEWAYS } from "./mutations/large-gateways.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { REQUESTS } from "./mutations/requests.ts";
import { SIGNATURES } from "./mutations/signatures.ts";
import { TRAITS_AND_REPLIES } from "./mutations/traits-and-replies.ts";

export type { AdapterName, Mutation } from "./mutations/mutation.ts";

/** Mistakes of adapters by topic, from public clients and from the issue trackers of comparable systems. */
export const GROUPS: Readonly<Record<string, readonly Mutation[]>> = {
  "Traits, members and replies": TRAITS_AND_REPLIES,
  "Gateways that do not answer as documented": ANSWERS,
  "Requests, and where buyers go": REQUESTS,
  "What only the gateway sees": WHAT_GATEWAYS_SEE,
  "What no example of a document shows": BEYOND_EXAMPLES,
  "What gateways, proxies and machines do not promise": ASSUMPTIONS,
  "What large gateways have, and shops with two accounts": LARGE_GATEWAYS,
  "The meaning of callbacks": CALLBACKS,
  "Forged callbacks": FORGED_CALLBACKS,
  "Weak signatures": SIGNATURES,
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
