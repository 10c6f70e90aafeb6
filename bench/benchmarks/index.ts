import type { Benchmark } from "../harness/benchmark.ts";
import { byHand } from "./by-hand.ts";
import { checkout } from "./checkout.ts";
import { http } from "./http.ts";
import { imports } from "./imports.ts";
import { latency } from "./latency.ts";
import { postgres } from "./postgres.ts";
import { size } from "./size.ts";
import { alone, gosetti, grouping, sqlite } from "./sqlite.ts";

/** In the order of the table. */
export const BENCHMARKS: readonly Benchmark[] = [
  ...[sqlite, gosetti, grouping, alone, postgres, http],
  ...[checkout, latency, imports, size, byHand],
];
