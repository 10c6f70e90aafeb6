// A file of its own: whatever fakes HTTP beside it would fake the contract's faults away.
import { describe, it } from "node:test";
import { providerContract } from "@pay/testkit";
import { fixtures, newProvider } from "./fixtures.ts";

describe("the contract of a provider", () => {
  providerContract({ test: it, provider: newProvider, fixtures });
});
