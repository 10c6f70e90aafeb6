import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Call } from "@pay/core/adapter";

/** Where Node tells of each request and connection that is begun, whichever client begins it. */
const CHANNELS = ["undici:request:create", "http.client.request.start", "net.client.socket"];

/** Runs, and fails if anything reaches for the network meanwhile: through the call it is given, or past it. */
export async function withoutNetwork<T>(run: (call: Call) => Promise<T>, now: () => number = Date.now): Promise<T> {
  let uses = 0;
  const onUse = () => {
    uses++;
  };
  const call: Call = {
    signal: new AbortController().signal,
    get http(): never {
      onUse();
      throw new assert.AssertionError({ message: "call.http is not used here" });
    },
    now,
  };
  for (const channel of CHANNELS) subscribe(channel, onUse);
  try {
    const result = await run(call);
    // What is begun and not awaited shows in the next turn.
    await new Promise(setImmediate);
    assert.equal(uses, 0, "the network is left alone");
    return result;
  } finally {
    for (const channel of CHANNELS) unsubscribe(channel, onUse);
  }
}
