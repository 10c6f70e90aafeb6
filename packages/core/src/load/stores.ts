import { dirname } from "node:path";
import type { StorePackage } from "../contract/packages.ts";
import type { Logger } from "../contract/runtime.ts";
import type { PaymentStore } from "../contract/store.ts";
import { memoryStore } from "../store/memory.ts";
import { attempt } from "./failure.ts";
import { loadExport } from "./packages.ts";
import type { Problems } from "./problems.ts";

/** Packages of stores, by the scheme of their addresses. */
const PACKAGES: Readonly<Record<string, string>> = {
  sqlite: "@pay/sqlite",
  postgres: "@pay/postgres",
  postgresql: "@pay/postgres",
};
const REMEDY = 'must be an address such as "sqlite:pay.db" or "postgres://user@host/database"';

/** @param place path of the configuration */
export async function loadStore(
  given: unknown,
  place: string,
  logger: Logger,
  problems: Problems,
): Promise<PaymentStore | undefined> {
  if (typeof (given as PaymentStore | null)?.settle === "function") return given as PaymentStore;
  if (problems.at(["store"])) return undefined;
  const scheme = typeof given === "string" ? given.slice(0, Math.max(0, given.indexOf(":"))) : "";
  if (scheme === "memory") return forgetfulStore(logger);
  if (!Object.hasOwn(PACKAGES, scheme)) {
    problems.add(["store"], REMEDY);
    return undefined;
  }
  const store = await loadExport<StorePackage>(place, PACKAGES[scheme]!, "storePackage", ["store"], problems);
  return store && attempt(["store"], problems, () => store.open(given as string, dirname(place)));
}

/** Who wrote `memoryStore()` has read what it is; an address in a file may have stayed behind from a test. */
function forgetfulStore(logger: Logger): PaymentStore {
  const store = memoryStore();
  return {
    ...store,
    start() {
      logger.warn("Payments are kept in memory, which is for tests only: they are lost with this process.");
      return store.start();
    },
  };
}
