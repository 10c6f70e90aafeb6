// Writes everything in the docs that is generated from the sources.
import { ROOT, run } from "./packages.ts";

for (const script of ["state-machine", "config-schema", "broken-adapters"]) {
  run(process.execPath, ["--conditions=@pay/source", `scripts/${script}.ts`], ROOT);
}
