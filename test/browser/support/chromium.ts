import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../../..");
const CACHE = join(ROOT, "node_modules/.cache");

/** A headless Chromium: the one that comes from npm on Linux (x64), elsewhere the Chrome that is installed. */
export async function launchChromium(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") return chromium.launch({ channel: "chrome" });
  const home = unpacked();
  const env = { ...process.env, FONTCONFIG_FILE: join(home, "fonts.conf") };
  const launch = (more: Readonly<Record<string, string>> = {}) =>
    chromium.launch({
      executablePath: join(home, "chromium"),
      // Containers allow no sandbox, and letters are to look alike on every machine. What a browser keeps apart stays so.
      args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
      env: { ...env, ...more },
    });
  // A system without the libraries that Chromium links gets them along with it.
  return launch().catch(() => launch({ LD_LIBRARY_PATH: join(home, "al2023/lib") }));
}

/** Unpacks Chromium, its libraries and fonts, once per version. Where several do so at a time the first one's is taken. */
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
    // It unpacks into the temporary folder, and the libraries only for this environment.
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

/** Its own fonts alone, so that pages look the same wherever they are shown. */
function fontConfiguration(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${home}/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>
`;
}
