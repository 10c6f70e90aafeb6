import type { ProviderReference } from "@pay/core/store";
import { providerReference } from "../fixtures/records.ts";
import type { Surroundings } from "./surroundings.ts";

/** The few orders of a world, so that its payments often share one. */
export function ordersOf({ name }: Pick<Surroundings, "name">): readonly string[] {
  return [1, 2].map((n) => `order ${n} of ${name}`);
}

/** The few provider references of a world, so that its payments and notifications often share one. */
export function providerReferencesOf({ name }: Pick<Surroundings, "name">): readonly ProviderReference[] {
  return [1, 2, 3].map((n) => providerReference(`T-${n} of ${name}`));
}
