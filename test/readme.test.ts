import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startSimulator } from "@pay/simulator";
import { typeCheck, writeModules } from "./support/type-check.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(import.meta.dirname, ".readme");
/** Pages whose code must compile. */
const PAGES = ["README.md", "docs/configuration.md", "docs/writing-an-adapter.md"];
const DOCUMENTS = ["README.md", "CONTRIBUTING.md", ...globSync(["docs/*.md", "packages/*/README.md"], { cwd: ROOT })];
const blocks = PAGES.flatMap((page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/```ts([^\n]*)\n([\s\S]*?)```/g)].map(([, label = "", code = ""]) => {
    return { label: label.trim(), code };
  });
});
/** Blocks with the same label are parts of one file. */
const files = Map.groupBy(blocks.entries(), ([at, { label }]) => label || `block-${at}`);

beforeAll(() => {
  const texts = [...files].map(
    ([name, pieces]) => [`${name}.ts`, pieces.map(([, { code }]) => code).join("\n")] as const,
  );
  writeModules(FOLDER, texts);
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe("the README", () => {
  it("has a quickstart under 20 lines", () => {
    const quickstart = blocks.filter(({ label }) => label === "quickstart");
    expect(quickstart).toHaveLength(1);
    expect(quickstart[0]?.code.trim().split("\n").length).toBeLessThan(20);
  });

  it("and the other pages have no code that does not compile", () => {
    expect(typeCheck(FOLDER)).toEqual({ status: 0, stdout: "" });
  });

  it("and the other pages name files that are there", () => {
    const links = ["CONTRIBUTING.md", ...PAGES].flatMap((page) => {
      const targets = readFileSync(join(ROOT, page), "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g);
      return [...targets].map(([, target = ""]) => join(dirname(page), target));
    });
    expect(links).toEqual(
      expect.arrayContaining(["shop", "payment-page", "console"].map((name) => `docs/screenshots/${name}.png`)),
    );
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
  });

  it("and all documents link to headings that are there", () => {
    const links = DOCUMENTS.flatMap((page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)].map(
        ([, target = "", anchor = ""]) => {
          const file = target === "" ? page : join(dirname(page), target);
          return { page, file: file.endsWith(".md") ? file : join(file, "README.md"), anchor };
        },
      ),
    );
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter(({ anchor, file }) => !anchorsOf(file).includes(anchor))).toEqual([]);
  });

  it("takes a payment with its quickstart", async () => {
    const simulator = await startSimulator();
    const folder = mkdtempSync(join(tmpdir(), "pay-readme-"));
    const shop = spawn(process.execPath, ["--conditions=@pay/source", join(FOLDER, "quickstart.ts")], {
      cwd: folder,
      env: {
        PORT: String(await freePort()),
        PAY_SECRET: "a secret that is long enough for it",
        GOSETTI_URL: simulator.gosettiUrl,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines = createInterface({ input: shop.stdout })[Symbol.asyncIterator]();
    try {
      expect((await lines.next()).value).toMatch(/^send the buyer to http:/);
      const [payment] = simulator.payments();
      expect(payment?.amount).toBe("19.99");
      await simulator.act(payment?.id ?? "", "pay");
      expect((await lines.next()).value).toMatch(/^deliver order-42 \(event evt_\w+\)$/);
    } finally {
      shop.kill();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("has its table of states generated from the state machine", () => {
    const check = spawnSync(process.execPath, ["--conditions=@pay/source", "scripts/state-machine.ts", "--check"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(check.stderr).toBe("");
    expect(check.status).toBe(0);
  });
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): readonly string[] {
  const headings = readFileSync(join(ROOT, file), "utf8").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
