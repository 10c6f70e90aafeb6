import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT: string = join(import.meta.dirname, "..");

/** Runs a command, shows its output, and ends this process if it fails. */
export function run(command: string, args: readonly string[], cwd: string = ROOT): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status === 0) return;
  console.error(`${command} ${args.join(" ")} failed${error ? `: ${error.message}` : ` with ${status}`}`);
  process.exit(1);
}

/** Builds every package and packs it as for publication. Returns the tarballs by package name. */
export function packAll(): ReadonlyMap<string, { readonly folder: string; readonly tarball: string }> {
  run("npx", ["-y", "pnpm@12", "--silent", "build"]);
  const destination = mkdtempSync(join(tmpdir(), "pay-tarballs-"));
  process.on("exit", () => rmSync(destination, { recursive: true, force: true }));
  const tarballs = new Map<string, { folder: string; tarball: string }>();
  for (const name of readdirSync(join(ROOT, "packages"))) {
    const folder = join(ROOT, "packages", name);
    const target = join(destination, name);
    mkdirSync(target);
    console.log(`packing @pay/${name}`);
    run("npx", ["-y", "pnpm@12", "--silent", "pack", "--pack-destination", target], folder);
    const [tarball] = readdirSync(target);
    if (tarball === undefined) throw new Error(`nothing was packed for ${name}`);
    tarballs.set(`@pay/${name}`, { folder, tarball: join(target, tarball) });
  }
  return tarballs;
}
