// Runs the README's quickstart as a shop of its own, in a fresh folder outside the workspace with the packed tarballs installed by npm.
// It takes a payment against the simulator. Then the same shop is loaded from a configuration file.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { argsOf } from "./flags.ts";
import { packAll, ROOT, run } from "./packages.ts";

const PATIENCE = 20_000;
const SHOP_PACKAGES = ["@pay/core", "@pay/gosetti-psc", "@pay/sqlite", "@pay/node"];

argsOf("check:quickstart, without arguments", {});
const tarballs = packAll();
const folder = mkdtempSync(join(tmpdir(), "pay-quickstart-"));
let shop: ChildProcess | undefined;
try {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "shop", private: true, type: "module" }));
  writeFileSync(join(folder, "shop.ts"), quickstart());
  console.log("installing the tarballs with npm");
  const wanted = [...SHOP_PACKAGES, "@pay/config", "@pay/i18n", "@pay/simulator"].map(
    (name) => tarballs.get(name)!.tarball,
  );
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...wanted], folder);
  typecheck();

  // The gateway is installed from its tarball, too.
  const { startSimulator } = await import(join(folder, "node_modules/@pay/simulator/dist/index.js"));
  const simulator = await startSimulator();
  const port = await freePort();
  shop = spawn(process.execPath, ["shop.ts"], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      PAY_SECRET: randomBytes(32).toString("hex"),
      GOSETTI_URL: simulator.gosettiUrl,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const says = lines(shop);
  await says(/^send the buyer to http/);
  const [payment] = simulator.payments();
  console.log(`paying ${payment.amount} ${payment.currency} as the buyer`);
  const buyer = await simulator.act(payment.id, "pay");
  await says(/^deliver order-42 \(event evt_\w+\)$/);
  if (!String(buyer.url).startsWith(`http://localhost:${port}/thanks?payment=pay_`)) {
    throw new Error(`the buyer was not sent back to the shop (${buyer.kind})`);
  }
  await simulator.close();
  loadFile();
  console.log("the quickstart took a payment and got its event");
} finally {
  shop?.kill();
  rmSync(folder, { recursive: true, force: true });
}

function quickstart(): string {
  const block = /```ts quickstart\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1];
  if (block === undefined) throw new Error("the README has no quickstart");
  return block;
}

/** Starts a Pay from a configuration file by the published loader, and checks that the schema named in the documents is installed. */
function loadFile(): void {
  const schema = "./node_modules/@pay/config/pay.schema.json";
  if (!existsSync(join(folder, schema))) throw new Error(`${schema} is not installed`);
  const config = {
    $schema: schema,
    providers: { psc: { use: "@pay/gosetti-psc", userId: 1234 } },
    store: "sqlite:file.db",
    baseUrl: "https://shop.example/pay",
    secret: randomBytes(32).toString("hex"),
  };
  writeFileSync(join(folder, "pay.config.jsonc"), `// the shop\n${JSON.stringify(config)}`);
  const program = `
    import { loadPay } from "@pay/config";
    const pay = await loadPay("pay.config.jsonc");
    pay.on("payment.succeeded", "deliver", () => {});
    await pay.start();
    await pay.close();
    console.log("a configuration file makes a Pay");
  `;
  run(process.execPath, ["--input-type=module", "-e", program], folder);
}

/** The published types, as a shop's own strict compiler sees them. */
function typecheck(): void {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: "nodenext",
    target: "es2023",
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["shop.ts"] }));
  run("tsc", ["-p", folder]);
}

function lines(child: ChildProcess): (pattern: RegExp) => Promise<void> {
  const seen: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on("line", (line) => {
    console.log(`  shop: ${line}`);
    seen.push(line);
    for (const look of waiting) look();
  });
  return (pattern) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the shop never said ${pattern}`)), PATIENCE);
      const look = () => {
        if (!seen.some((line) => pattern.test(line))) return;
        clearTimeout(late);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
