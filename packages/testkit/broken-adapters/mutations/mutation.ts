import type { ProviderFixtures } from "../../src/index.ts";

export type AdapterName = "acme" | "toll" | "beacon" | "whisper" | "rumor" | "mint" | "atlas" | "quill";

/** One mistake in one line of a good adapter. */
export interface Mutation {
  readonly adapter: AdapterName;
  /** The adapter's mistake. */
  readonly mistake: string;
  /** The cost of the mistake for a shop. */
  readonly costs: string;
  /** The name of the test that must notice it. */
  readonly noticedBy: string;
  /** A piece of a line of the adapter, which occurs once. */
  readonly from: string;
  readonly to: string;
  /** The fixtures of an author who believes that the gateway works this way. @default the good adapter's */
  readonly fixtures?: (fixtures: ProviderFixtures) => ProviderFixtures;
}
