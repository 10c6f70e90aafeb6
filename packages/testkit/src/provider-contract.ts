import type { BuyerField } from "@pay/core/adapter";
import { testCancel } from "./provider/cancel/test-cancel.ts";
import { testCreate } from "./provider/create/test-create.ts";
import { testExchanges } from "./provider/exchanges/test-exchanges.ts";
import { testManifest } from "./provider/manifest/test-manifest.ts";
import { testAccounts } from "./provider/operations/test-accounts.ts";
import { testAddedFields } from "./provider/operations/test-added-fields.ts";
import { testAddresses } from "./provider/operations/test-addresses.ts";
import { testAmounts } from "./provider/operations/test-amounts.ts";
import { testBodyTypes } from "./provider/operations/test-body-types.ts";
import { testClock } from "./provider/operations/test-clock.ts";
import { testConcurrency } from "./provider/operations/test-concurrency.ts";
import { testCredentials } from "./provider/operations/test-credentials.ts";
import { testIdForms } from "./provider/operations/test-id-forms.ts";
import { testIdempotencyKeys } from "./provider/operations/test-idempotency.ts";
import { testOutput } from "./provider/operations/test-output.ts";
import { testSuccessStatuses } from "./provider/operations/test-success-statuses.ts";
import { testForged } from "./provider/receive/test-forged.ts";
import { testIgnored } from "./provider/receive/test-ignored.ts";
import { testLongCallbacks } from "./provider/receive/test-long-callbacks.ts";
import { testRandomCallbacks } from "./provider/receive/test-random-callbacks.ts";
import { testReceive } from "./provider/receive/test-receive.ts";
import { testStatuses } from "./provider/receive/test-statuses.ts";
import { testRefund } from "./provider/refund/test-refund.ts";
import { testReply } from "./provider/reply/test-reply.ts";
import { testRetrieve } from "./provider/retrieve/test-retrieve.ts";
import { type ProviderSuite, subjectOf } from "./provider/subject.ts";

export type { ProviderSuite } from "./provider/subject.ts";

/**
 * Registers all tests that an adapter for Pay must pass. The provider's traits and methods decide which of them apply. A server on this
 * machine takes the gateway's place: it answers as the fixtures say, or not at all.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import type { PaymentProvider } from "@pay/core";
 * import { type ProviderFixtures, providerContract } from "@pay/testkit";
 *
 * declare function acme(options: { shop: string; key: string; baseUrl: string }): PaymentProvider<unknown, never>;
 * declare const fixtures: ProviderFixtures<never>;
 *
 * describe("acme", () =>
 *   providerContract({
 *     test: it,
 *     provider: (baseUrl) => acme({ shop: "S1", key: "key-1", baseUrl }),
 *     otherAccount: (baseUrl) => acme({ shop: "S2", key: "key-2", baseUrl }),
 *     fixtures,
 *   }));
 * ```
 */
export function providerContract<Options, RequiredFields extends BuyerField>(
  suite: ProviderSuite<Options, RequiredFields>,
): void {
  const subject = subjectOf(suite);
  testManifest(subject);
  testCreate(subject);
  testAmounts(subject);
  testIdempotencyKeys(subject);
  testBodyTypes(subject);
  testCredentials(subject);
  testAddresses(subject);
  testAccounts(subject);
  testConcurrency(subject);
  testClock(subject);
  testAddedFields(subject);
  testSuccessStatuses(subject);
  testIdForms(subject);
  testOutput(subject);
  testReceive(subject);
  testIgnored(subject);
  testForged(subject);
  testRandomCallbacks(subject);
  testStatuses(subject);
  testLongCallbacks(subject);
  testReply(subject);
  testRetrieve(subject);
  testRefund(subject);
  testCancel(subject);
  testExchanges(subject);
}
