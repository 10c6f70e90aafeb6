import { same } from "../../same.ts";
import { write } from "../fixtures/places.ts";
import { each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import { assertSourcesLack } from "../manifest/sources.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";

const ADDRESSES = ["127.0.0.1", "203.0.113.9", "::1"];
/** Headers that tell who sent a request and how. A proxy writes them, and so does any sender who passes it by. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "x-forwarded-for": ADDRESSES,
  "x-real-ip": ADDRESSES,
  forwarded: ADDRESSES.map((address) => `for="${address}";proto=http;host=elsewhere.example`),
  "x-forwarded-proto": ["http"],
  "x-forwarded-host": ["elsewhere.example"],
  "x-http-method-override": ["GET", "POST"],
};
const NAMES = /["'`](?:x-forwarded(?:-\w+)?|x-real-ip|true-client-ip|cf-connecting-ip|x-http-method-override)["'`]/i;

/** Tests that no such header proves or refuses a callback. Only its own proof does. */
export function testProxyHeaders(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  check("trusts no header that tells where a callback came from", async () => {
    assertSourcesLack(
      fixtures.sources,
      NAMES,
      (found) => `reads ${found}, which any sender can write; check the proof alone`,
    );
    const { proof } = fixtures.callbacks;
    await each(recordedOf(subject), async ({ callback }) => {
      const forged = proof && write(callback, proof.at, undefined);
      for (const one of [callback, forged, proved(subject, callback)]) {
        if (one === undefined) continue;
        const meant = await deliver(provider, one);
        for (const [name, texts] of Object.entries(HEADERS)) {
          for (const text of texts) {
            const parsed = await deliver(provider, write(one, { in: "header", name }, text));
            same(parsed, meant, `${name} changes nothing: any sender can write it; check the proof alone`);
          }
        }
      }
    });
  });
}
