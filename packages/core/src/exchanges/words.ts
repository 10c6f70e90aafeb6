import { storable } from "../adapter-kit/storable.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { createMasking, readBody } from "./mask.ts";
import { isPrivateName } from "./private-names.ts";

/**
 * The words of an answer that its adapter cannot read, masked as in exchanges and short enough to store. Returns `undefined` for an empty
 * answer and for a page of HTML: a proxy says these, and no gateway means them.
 */
export function wordsOf(text: string, { traits }: Pick<AnyProvider, "traits">): string | undefined {
  const own = new Set((traits.privateFields ?? []).map((name) => name.toLowerCase()));
  const masking = createMasking((name) => isPrivateName(name, own));
  const words = readBody(text.trim(), masking)();
  return words === "" || words.startsWith("[HTML") ? undefined : storable(words);
}
