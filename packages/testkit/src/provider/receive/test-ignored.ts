import assert from "node:assert/strict";
import { same } from "../../same.ts";
import { literal, textAt, whole, write } from "../fixtures/places.ts";
import type { Subject } from "../subject.ts";
import { oneChanged } from "../texts/almost-equal.ts";
import { assertRefused, deliver } from "./deliver.ts";

/** Tests callbacks about no payment: the adapter acknowledges them, and demands the same proof as for others. */
export function testIgnored({ check, fixtures, provider }: Subject): void {
  const { ignored = [], proof } = fixtures.callbacks;
  if (ignored.length === 0) return;

  check("ignores a callback about no payment, with a reply that acknowledges it", async () => {
    for (const { callback, reply } of ignored) {
      same(await deliver(provider, whole(callback)), { kind: "ignored", reply });
      assert.ok(fixtures.replies.isAcknowledgement(reply), "the gateway takes the reply for an acknowledgement");
    }
  });

  if (proof === undefined) return;
  check("ignores nothing without proof", async () => {
    for (const callback of ignored.map((one) => whole(one.callback))) {
      const own = textAt(callback, proof.at);
      for (const forged of [undefined, "", ...oneChanged(own)]) {
        const text = forged === undefined ? undefined : literal(proof.at, forged);
        assertRefused(await deliver(provider, write(callback, proof.at, text)), "about no payment, and not proved");
      }
    }
  });
}
