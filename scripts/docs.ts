// Writes every file and every part of the docs that is generated from the sources.
import { argsOf } from "./flags.ts";
import { ROOT, run } from "./packages.ts";

argsOf("docs, without arguments", {});
for (const script of ["state-machine", "published-adapters", "config-schema", "broken-adapters"]) {
  run(process.execPath, ["--conditions=@pay/source", `scripts/${script}.ts`], ROOT);
}
