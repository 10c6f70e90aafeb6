import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { createPay, isPayError, registerPay } from "@pay/core";
import { container, PAY, PAYMENT_PROVIDERS } from "@pay/core/di";
import { loadConfig, loadPay, loadReader, readConfig } from "./index.ts";

const CANARY = "canary-5d1f";
const CONFIG = {
  providers: { psc: { use: "@pay/gosetti-psc", userId: 1234 } },
  default: "psc",
  store: "memory:",
  baseUrl: "https://shop.example/pay",
  secret: { file: "secret.txt" },
};
// Beside the packages that it names, as a shop's configuration is.
const folder = mkdtempSync(join(import.meta.dirname, "../.config-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "pay.config.json");
writeFileSync(path, JSON.stringify(CONFIG));
writeFileSync(join(folder, "secret.txt"), `${CANARY} a secret that is long enough`);

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (reason) => reason,
  );

describe("a configuration", () => {
  it.each<[string, string | URL]>([
    ["an absolute path", path],
    ["a relative path", relative(process.cwd(), path)],
    ["a URL", pathToFileURL(path)],
    ["the text of a URL", pathToFileURL(path).href],
  ])("is read from the file at %s, and takes files beside it", async (_, file) => {
    const { providers, secret } = await loadConfig(file, { env: {} });
    expect(Object.keys(providers)).toEqual(["psc"]);
    expect(secret).toContain(CANARY);
    const pay = await loadPay(file, { env: {} });
    await pay.close();
    expect(await readConfig(file)).toEqual(CONFIG);
  });

  it.each<[string, string | URL]>([
    ["a path", path],
    ["a relative path", relative(process.cwd(), path)],
    ["a URL", pathToFileURL(path)],
  ])("is an object, with packages and files beside %s", async (_, from) => {
    const { secret } = await loadConfig(CONFIG, { from, env: {} });
    expect(secret).toContain(CANARY);
  });

  it("in a file may take packages and files from another place", async () => {
    const elsewhere = join(mkdtempSync(join(folder, "elsewhere-")), "pay.config.json");
    writeFileSync(elsewhere, JSON.stringify(CONFIG));
    expect(await refusalOf(loadConfig(elsewhere))).toMatchObject({ fields: ["secret.file"] });
    expect((await loadConfig(elsewhere, { from: path })).secret).toContain(CANARY);
  });

  it("is what createPay and registerPay take", async () => {
    const pay = createPay({ ...(await loadConfig(path)), clock: { now: () => 0, sleep: async () => {} } });
    await pay.close();
    const child = container.createChildContainer();
    registerPay(child, await loadConfig(path));
    expect(child.resolve(PAYMENT_PROVIDERS)).toMatchObject({ providerName: "psc" });
    await child.resolve(PAY).close();
  });

  it.each<[string, string | URL, string]>([
    ["its own text in place of a path", JSON.stringify({ secret: CANARY }), "config must be an object or the path"],
    ["the address of a web server", new URL(`https://user:${CANARY}@shop.example/pay.json`), "config must be a path"],
  ])("is refused without its content for %s", async (_, config, message) => {
    const error = await refusalOf(loadConfig(config));
    expect(isPayError(error)).toBe(true);
    expect(error).toMatchObject({ code: "INVALID_CONFIG", field: "config", message: expect.stringContaining(message) });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain(CANARY);
  });

  it("is refused where its place is not a file's", async () => {
    const error = await refusalOf(loadConfig(CONFIG, { from: new URL("https://shop.example/pay.json") }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", field: "from" });
  });
});

describe("a configuration whose store is only read", () => {
  const reading = { ...CONFIG, store: "sqlite:read.db", secret: "a secret that is long enough for it" };
  const from = path;

  it("opens what a Pay of the same configuration keeps, and has no way to start", async () => {
    const pay = await loadPay(reading, { from });
    pay.on("payment.succeeded", "deliver", () => {});
    await pay.start();
    const reader = await loadReader(reading, { from });
    expect((await reader.payments.list()).payments).toEqual([]);
    expect(Object.keys(reader).toSorted()).toEqual(["close", "deliveries", "orders", "payments", "reviews"]);
    await reader.close();
    await pay.close();
  });

  it("creates no database, and says that there is none", async () => {
    const refused = await refusalOf(loadReader({ ...reading, store: "sqlite:none.db" }, { from }));
    expect(refused).toMatchObject({ code: "STORE_INCOMPATIBLE", message: expect.stringContaining("does not exist") });
    expect(existsSync(join(folder, "none.db"))).toBe(false);
  });

  it("is refused in memory, where nothing can be", async () => {
    const refused = await refusalOf(loadReader({ ...reading, store: "memory:" }, { from }));
    expect(refused).toMatchObject({ code: "STORE_INCOMPATIBLE", message: expect.stringContaining("memory:") });
  });
});
