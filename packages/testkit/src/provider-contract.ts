import type { BuyerField } from "@pay/core/adapter";
import { amounts } from "./provider/amounts.ts";
import { capabilities } from "./provider/capabilities.ts";
import { creating } from "./provider/creating.ts";
import { forging } from "./provider/forging.ts";
import { fuzzing } from "./provider/fuzzing.ts";
import { ignoring } from "./provider/ignoring.ts";
import { lengths } from "./provider/lengths.ts";
import { manifest } from "./provider/manifest.ts";
import { receiving } from "./provider/receiving.ts";
import { replying } from "./provider/replying.ts";
import { showing } from "./provider/showing.ts";
import { statuses } from "./provider/statuses.ts";
import { type ProviderSuite, subjectOf } from "./provider/subject.ts";

export type { ProviderSuite } from "./provider/subject.ts";

/**
 * Registers the tests that every adapter for Pay passes, all of them: which ones apply follows from the provider's traits
 * and methods. The gateway's place is taken by a server on this machine, which answers as the fixtures say, or not at all.
 *
 * @example
 * describe("acme", () => providerContract({ test: it, provider: (baseUrl) => acme({ shop, key, baseUrl }), fixtures }));
 */
export function providerContract<Options, RequiredFields extends BuyerField>(
  suite: ProviderSuite<Options, RequiredFields>,
): void {
  const subject = subjectOf(suite);
  manifest(subject);
  creating(subject);
  amounts(subject);
  receiving(subject);
  ignoring(subject);
  forging(subject);
  fuzzing(subject);
  statuses(subject);
  lengths(subject);
  replying(subject);
  capabilities(subject);
  showing(subject);
}
