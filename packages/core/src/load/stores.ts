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
const SERVER =
  'must name a host and a database, e.g. "postgres://user@host/database"; a password is written with encodeURIComponent()';

/** @param place path of the configuration */
export async function loadStore(
  given: unknown,
  place: string,
  logger: Logger,
  problems: Problems,
): Promise<PaymentStore | undefined> {
  if (typeof (given as PaymentStore | null)?.update === "function") return given as PaymentStore;
  if (problems.at(["store"])) return undefined;
  const scheme = typeof given === "string" ? given.slice(0, Math.max(0, given.indexOf(":"))) : "";
  if (scheme === "memory") return forgetfulStore(logger);
  if (!Object.hasOwn(PACKAGES, scheme)) {
    problems.add(["store"], REMEDY);
    return undefined;
  }
  const remedy = remedyOf(scheme, given as string);
  if (remedy !== undefined) {
    problems.add(["store"], remedy);
    return undefined;
  }
  const store = await loadExport<StorePackage>(place, PACKAGES[scheme]!, "storePackage", ["store"], problems);
  return store && attempt(["store"], problems, () => store.open(given as string, dirname(place)));
}

/** Of addresses that would be understood, and otherwise than meant: a file called `:memory:`, a database found by the user's name. */
function remedyOf(scheme: string, address: string): string | undefined {
  if (scheme === "sqlite") {
    return address.includes(":memory:")
      ? 'must name a file, e.g. "sqlite:pay.db"; in tests it is "memory:"'
      : undefined;
  }
  const url = URL.parse(address);
  const isWhole = url !== null && (url.hostname !== "" || url.searchParams.has("host")) && /^\/./.test(url.pathname);
  return isWhole ? undefined : SERVER;
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
