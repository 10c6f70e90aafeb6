import { dirname } from "node:path";
import { type Logger, memoryStore, PayError, type PaymentStore } from "@pay/core";
import type { StorePackage } from "@pay/core/store";
import { attempt } from "./describe-failure.ts";
import { importPackage } from "./import-package.ts";
import type { Problems } from "./problems.ts";

/** Packages of stores, by the scheme of their addresses. */
export const STORE_PACKAGES: Readonly<Record<string, string>> = {
  sqlite: "@pay/sqlite",
  postgres: "@pay/postgres",
  postgresql: "@pay/postgres",
};
const REMEDY = 'must be an address such as "sqlite:pay.db" or "postgres://user@host/database"';
const SERVER =
  'must name a host and a database, e.g. "postgres://user@host/database"; write a password with encodeURIComponent()';

/** @param from path of the file beside which packages and relative paths are looked for */
export async function loadStore(
  given: unknown,
  from: string,
  logger: Logger,
  problems: Problems,
): Promise<PaymentStore | undefined> {
  if (typeof (given as PaymentStore | null)?.update === "function") return given as PaymentStore;
  if (problems.at(["store"])) return undefined;
  const scheme = typeof given === "string" ? given.slice(0, Math.max(0, given.indexOf(":"))) : "";
  if (scheme === "memory") return warningMemoryStore(logger);
  if (!Object.hasOwn(STORE_PACKAGES, scheme)) {
    problems.add(["store"], REMEDY);
    return undefined;
  }
  const remedy = remedyOf(scheme, given as string);
  if (remedy !== undefined) {
    problems.add(["store"], remedy);
    return undefined;
  }
  const search = { from, exported: "storePackage", published: Object.values(STORE_PACKAGES) } as const;
  const store = await importPackage<StorePackage>(STORE_PACKAGES[scheme]!, search, ["store"], problems);
  return store && attempt(["store"], problems, () => store.open(given as string, dirname(from)));
}

/** For addresses that a store would misunderstand: a file named `:memory:`, or a database chosen by the user's name. */
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

/** A store in memory that warns when it starts: `memory:` in a file may be left over from a test, unlike `memoryStore()` in code. */
function warningMemoryStore(logger: Logger): PaymentStore {
  const store = memoryStore();
  return {
    ...store,
    start() {
      logger.warn("Payments are kept in memory, which is for tests only: they are lost when this process ends.");
      return store.start();
    },
    async openReadOnly() {
      const message = 'The store "memory:" ends with its process, so there is nothing to read; name a database.';
      throw new PayError("STORE_INCOMPATIBLE", message);
    },
  };
}
