import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Call } from "@pay/core/adapter";

/** The channels on which Node reports each new request and connection, of any client. */
const CHANNELS = ["undici:request:create", "http.client.request.start", "net.client.socket"];

/** Runs, and fails if the adapter uses the network meanwhile, through its call or past it. */
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
    // A request that the adapter does not await begins in the next turn.
    await new Promise(setImmediate);
    assert.equal(uses, 0, "the network is left alone");
    return result;
  } finally {
    for (const channel of CHANNELS) unsubscribe(channel, onUse);
  }
}
