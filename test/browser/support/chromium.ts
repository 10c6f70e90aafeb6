import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../../..");
const CACHE = join(ROOT, "node_modules/.cache");

/** A headless Chromium: from npm on Linux (x64), elsewhere the installed Chrome. */
export async function launchChromium(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") return chromium.launch({ channel: "chrome" });
  const home = unpacked();
  const env = { ...process.env, FONTCONFIG_FILE: join(home, "fonts.conf") };
  const launch = (more: Readonly<Record<string, string>> = {}) =>
    chromium.launch({
      executablePath: join(home, "chromium"),
      // Containers allow no sandbox, and letters must look alike on every machine. Profiles stay separate.
      args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
      env: { ...env, ...more },
    });
  // The package also contains the libraries that Chromium links.
  return launch().catch(() => launch({ LD_LIBRARY_PATH: join(home, "al2023/lib") }));
}

/** Unpacks Chromium, its libraries and fonts, once per version. If several processes do so at the same time, the first one's copy is used. */
function unpacked(): string {
  const manifest = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  const home = join(CACHE, `chromium-${version}`);
  if (existsSync(home)) return home;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(`${home}-`);
  const unpack = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath()';
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", unpack], {
    cwd: ROOT,
    encoding: "utf8",
    // It unpacks into the temporary folder, and the libraries only in this environment.
    env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
  });
  if (status !== 0) throw new Error(`Chromium cannot be unpacked: ${stderr}`);
  writeFileSync(join(fresh, "fonts.conf"), fontConfiguration(home));
  try {
    renameSync(fresh, home);
  } catch {
    rmSync(fresh, { recursive: true });
  }
  return home;
}

/** Uses only its own fonts, so that pages look the same on every machine. */
function fontConfiguration(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${home}/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>
`;
}
