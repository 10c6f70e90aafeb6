// This file is compiled and never run. It shows what an adapter's author may pass.
import type { PaymentProvider } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "./index.ts";

declare const test: (name: string, run: () => Promise<void>) => void;
declare const fixtures: ProviderFixtures<{ readonly method?: string }>;
declare const provider: (baseUrl: string) => PaymentProvider<{ readonly method?: string }, "ip", "retrieve" | "refund">;

providerContract({ test, provider, otherAccount: provider, fixtures });
// A runner whose functions return a value.
providerContract({ test: async (name, run) => run().then(() => name), provider, otherAccount: provider, fixtures });
providerContract({
  test,
  provider,
  otherAccount: provider,
  fixtures: {
    ...fixtures,
    create: {
      // @ts-expect-error an option the adapter does not have
      requests: [{ amount: { value: 1, currency: "PLN" }, description: "", buyer: {}, options: { colour: "red" } }],
      amount: () => ({ text: "0.01" }),
      form: ({ callbackUrl }, baseUrl) => ({ kind: "form", url: baseUrl, fields: { callbackUrl } }),
    },
  },
});
// @ts-expect-error fixtures are not optional
providerContract({ test, provider, otherAccount: provider });
// @ts-expect-error nor is another account
providerContract({ test, provider, fixtures });
