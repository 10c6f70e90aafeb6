// The door for tests of shops and adapters: doubles, and no part of what runs in production.

export { type CallbackRequestParts, callbackRequest } from "./testing/callback-request.ts";
export { type FakeProvider, type FakeProviderOptions, fakeProvider } from "./testing/fake-provider.ts";
export { idle, type ManualClock, type ManualClockOptions, manualClock, until } from "./testing/manual-clock.ts";
