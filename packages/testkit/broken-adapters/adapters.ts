import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PaymentProvider } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "../src/index.ts";
import type { AdapterName, Mutation } from "./mutations.ts";

export const ADAPTERS: readonly AdapterName[] = [
  "acme",
  "toll",
  "beacon",
  "whisper",
  "rumor",
  "mint",
  "atlas",
  "quill",
];

/** The folder for broken adapters. It stands beside the good ones, so that the same imports resolve. */
export const BROKEN: string = join(import.meta.dirname, ".broken");

interface Fixtures {
  readonly make: (module: unknown) => (baseUrl: string) => PaymentProvider;
  readonly makeOther: Fixtures["make"];
  readonly fixtures: (source: URL) => ProviderFixtures;
}

export interface Test {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** The suite's tests for an adapter, good or broken, with its fixtures or others. */
export async function testsOf(
  name: AdapterName,
  path: string = sourceOf(name),
  change: (fixtures: ProviderFixtures) => ProviderFixtures = (fixtures) => fixtures,
): Promise<readonly Test[]> {
  const {
    fixtures: fixturesOf,
    make,
    makeOther,
  }: Fixtures = await import(join(import.meta.dirname, `${name}.fixtures.ts`));
  const module = await import(path);
  const tests: Test[] = [];
  const test = (testName: string, run: Test["run"]) => {
    tests.push({ name: testName, run });
  };
  const fixtures = change(fixturesOf(pathToFileURL(path)));
  providerContract({ test, provider: make(module), otherAccount: makeOther(module), fixtures });
  return tests;
}

/** Writes the good adapter with one piece of one line changed, and returns the new file's path. */
export function breakAdapter({ adapter, from, to }: Mutation, index: number): string {
  const source = readFileSync(sourceOf(adapter), "utf8");
  const pieces = source.split(from);
  if (pieces.length !== 2) throw new Error(`${adapter}.ts has ${pieces.length - 1} times: ${from}`);
  if (`${from}${to}`.includes("\n")) throw new Error(`A mutation is one line: ${from}`);
  mkdirSync(BROKEN, { recursive: true });
  const path = join(BROKEN, `${adapter}-${index}.ts`);
  writeFileSync(path, pieces.join(to));
  return path;
}

export function removeBroken(): void {
  rmSync(BROKEN, { recursive: true, force: true });
}

const sourceOf = (name: AdapterName) => join(import.meta.dirname, `${name}.ts`);
