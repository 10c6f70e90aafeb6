// This file is separate, because a test that fakes HTTP would also fake the faults of the contract.
import { describe, it } from "node:test";
import { providerContract } from "@pay/testkit";
import { fixtures, newOtherAccount, newProvider } from "./fixtures.ts";

describe("the contract of a provider", () => {
  providerContract({ test: it, provider: newProvider, otherAccount: newOtherAccount, fixtures });
});
