import type { ProviderFixtures } from "../../src/index.ts";

export type AdapterName = "acme" | "toll" | "beacon" | "whisper" | "rumor";

/** One mistake in one line of a good adapter. */
export interface Mutation {
  readonly adapter: AdapterName;
  /** What the adapter does wrong. */
  readonly mistake: string;
  /** What that would cost a shop. */
  readonly costs: string;
  /** Name of the test that is there to notice it. */
  readonly noticedBy: string;
  /** A piece of a line of the adapter, which occurs once. */
  readonly from: string;
  readonly to: string;
  /** The fixtures of an author who believes that this is how the gateway does it. @default the good adapter's */
  readonly fixtures?: (fixtures: ProviderFixtures) => ProviderFixtures;
}
