import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { failureOf } from "../../../test/support/failure-of.ts";
import { createShop, form, type Shop } from "../test/shop.ts";
import { createConsole } from "./index.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
});
afterEach(() => shop.pay.close());

describe("a console", () => {
  it("is not made without authorize, and says so", () => {
    expect(failureOf(() => createConsole(shop.pay, {} as never))).toEqual({
      code: "INVALID_CONFIG",
      field: "authorize",
    });
  });

  it.each([
    [{ basePath: "console/" }, "basePath"],
    [{ secret: "short" }, "secret"],
    [{ secret: "x".repeat(40) }, "secret"],
    [{ refreshIntervalMs: 0 }, "refreshIntervalMs"],
    [{ timeZone: "Nowhere/City" }, "timeZone"],
    [{ httpExchanges: {} }, "httpExchanges"],
    [{ httpExchanges: null }, "httpExchanges"],
    [{ clock: {} }, "clock"],
    [{ clock: { now: () => 0 } }, "clock"],
    [{ logger: {} }, "logger"],
    [{ logger: 5 }, "logger"],
    [{ autorize: 1 }, "options"],
  ])("refuses %j", (options, field) => {
    const all = { authorize: () => undefined, ...options };
    expect(failureOf(() => createConsole(shop.pay, all as never))).toEqual({ code: "INVALID_CONFIG", field });
  });

  it("has one heading, a language, and a title on each page", async () => {
    const id = await shop.buy();
    for (const path of ["/", `/payments/${id}`, "/nowhere"]) {
      const page = await shop.page(path, "pl");
      expect(page.match(/<h1/g)).toHaveLength(1);
      expect(page).toContain('<html lang="pl">');
      expect(page).toMatch(/<title>.+<\/title>/);
    }
  });

  it("can have a host of its own", async () => {
    const own = createConsole(shop.pay, { authorize: () => ({ name: "Anna" }), basePath: "" });
    const page = await (await own.fetch(new Request("https://console.example/"))).text();
    expect(page).toContain('href="/reviews"');
    expect(page).toContain('<a href="/" aria-current="page">');
    expect((await own.fetch(new Request("https://console.example/reviews"))).status).toBe(200);
  });

  it("is not found beside its path", async () => {
    const console = createConsole(shop.pay, { authorize: () => ({ name: "Anna" }) });
    for (const path of ["/", "/consoles", "/other/console"]) {
      expect((await console.fetch(new Request(`https://shop.example${path}`))).status).toBe(404);
    }
    expect((await console.fetch(new Request("https://shop.example/console/"))).status).toBe(200);
  });

  it("keeps the language of its switch in every address", async () => {
    const id = await shop.buy();
    const page = await shop.page("/?lang=pl", "en");
    expect(page).toContain(`href="/console/payments/${id}?lang=pl"`);
    expect(page).toContain('<input type="hidden" name="lang" value="pl">');
  });

  it("serves its style sheet and its script", async () => {
    expect((await shop.get("/style.css")).headers.get("content-type")).toMatch("text/css");
    expect((await shop.get("/live.js")).headers.get("content-type")).toMatch("text/javascript");
  });

  it("says what a PayError says, where Pay is closed", async () => {
    await shop.pay.close();
    const answer = await shop.get("/");
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("<code>NOT_STARTED</code>");
  });

  it("says nothing of an error that is not Pay's", async () => {
    const lines: unknown[] = [];
    const logger = { error: (...line: unknown[]) => lines.push(line) };
    const broken = {
      ...shop.pay,
      payments: { ...shop.pay.payments, list: () => Promise.reject(new TypeError("a secret")) },
    };
    const console = createConsole(broken, { authorize: () => ({ name: "Anna" }), logger });
    const answer = await console.fetch(new Request("https://shop.example/console"));
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("a secret");
    expect(lines).toEqual([["The console failed.", { error: "TypeError" }]]);
  });
});

describe("a visitor who is no operator", () => {
  const PATHS = [
    "",
    "/",
    "/payments/pay_0",
    "/reviews",
    "/statistics",
    "/style.css",
    "/live.js",
    "/events",
    "/nowhere",
  ];

  it.each([undefined, null, false, {}, { name: "" }])(
    "is answered 401 with nothing in it everywhere: %p",
    async (nobody) => {
      const closed = await createShop({ authorize: () => nobody as never });
      for (const path of PATHS) {
        for (const init of [{}, form({ action: "accept" })]) {
          const answer = await closed.request(path, init);
          expect([path, answer.status, await answer.text()]).toEqual([path, 401, ""]);
          expect(answer.headers.get("cache-control")).toBe("no-store");
        }
      }
      await closed.pay.close();
    },
  );

  it("is answered 500 without a detail where authorize throws, by a promise too", async () => {
    const lines: unknown[] = [];
    const authorize = async () => {
      throw new Error("the session of Anna");
    };
    const broken = await createShop({ authorize, logger: { error: (...line: unknown[]) => lines.push(line) } });
    const answer = await broken.get("/");
    expect([answer.status, await answer.text()]).toEqual([500, ""]);
    expect(lines).toEqual([["The console's authorize threw.", { error: "Error" }]]);
    await broken.pay.close();
  });
});

it("sends its headers with every answer, and has no script or style within", async () => {
  const id = await shop.buy();
  const answers = await Promise.all([
    ...["/", `/payments/${id}`, "/nowhere", "/style.css", "/live.js"].map((path) => shop.get(path)),
    shop.request("/reviews/rev_0", form({})),
  ]);
  for (const answer of answers) {
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const text = await answer.text();
    expect(text).not.toMatch(/ style=|<style|<script(?! src=")|\son\w+=/);
  }
});
