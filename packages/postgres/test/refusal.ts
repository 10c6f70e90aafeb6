import { inspect } from "node:util";
import { expect } from "@jest/globals";
import { isPayError, type PayError } from "@pay/core/store";
import type { PostgresOptions } from "../src/options.ts";
import { postgresStore } from "../src/store.ts";
import { dump } from "./dump.ts";
import type { TestServer } from "./server.ts";

/** The error that starting ends with. */
export async function refusal(options: string | PostgresOptions): Promise<PayError> {
  const store = postgresStore(options);
  const error = await store.start().catch((thrown: unknown) => thrown);
  await store.close();
  if (!isPayError(error)) throw new Error(`It was not refused: ${inspect(error)}`);
  return error;
}

/** The same, for a database that must be as it was before, and that the error names. */
export async function untouched(
  server: TestServer,
  url: string,
  options: string | PostgresOptions = url,
): Promise<PayError> {
  const before = await dump(server, url);
  const error = await refusal(options);
  expect(await dump(server, url)).toEqual(before);
  const { hostname, port, pathname } = new URL(url);
  expect(error.message).toContain(`PostgreSQL at ${hostname}:${port || 5432}${pathname}`);
  return error;
}

/** Starts a store, has it read, and closes it. */
export async function starts(options: string | PostgresOptions): Promise<void> {
  const store = postgresStore(options);
  await store.start();
  expect(await store.openReviews(1)).toEqual([]);
  await store.close();
}
