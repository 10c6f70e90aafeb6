import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { axe } from "./support/axe.ts";
import { openBrowser, type TestBrowser } from "./support/browser.ts";

let browser: TestBrowser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterEach(() => browser.leave());

afterAll(() => browser.close());

const GOOD = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1></main></html>';

/** A visitor of a page with this content. */
async function visit(html: string, headers: Readonly<Record<string, string>> = {}) {
  const page = await browser.visitor({ language: "en" });
  await page.route("**/*", (route) => route.fulfill({ contentType: "text/html; charset=utf-8", headers, body: html }));
  await page.goto("http://127.0.0.1:1/");
  return page;
}

describe("what is asked of pages", () => {
  it("holds for a plain one", async () => {
    expect(await axe(await visit(GOOD))).toEqual([]);
    expect(await browser.leave()).toEqual([]);
  });

  it.each([
    ["a field without a label", "<input>", "label: "],
    ["grey on grey", '<p style="color:#999;background:#aaa">text</p>', "color-contrast: "],
  ])("does not hold for %s", async (_, html, violation) => {
    const found = await axe(await visit(GOOD.replace("</main>", `${html}</main>`)));
    expect(found).toEqual([expect.stringContaining(violation)]);
  });

  it.each([
    ["what is logged as an error", "<script>console.error('lost')</script>", /^console: lost$/],
    ["a script that throws", "<script>throw new Error('broken')</script>", /^script: broken$/],
    ["what the page's policy forbids", "<p style='color:red'>text</p>", /^console: .*Content Security Policy/],
  ])("is heard of: %s", async (_, html, problem) => {
    const policy = { "content-security-policy": "default-src 'none'; script-src 'unsafe-inline'" };
    await visit(GOOD.replace("</main>", `${html}</main>`), policy);
    expect(await browser.leave()).toEqual([expect.stringMatching(problem)]);
  });

  it("is heard of: a request that fails", async () => {
    const page = await visit(GOOD);
    await page.route("**/gone.css", (route) => route.abort());
    await page.goto("http://127.0.0.1:1/");
    await page.evaluate("fetch('/gone.css').catch(() => {})");
    expect(await browser.leave()).toContainEqual(expect.stringMatching(/^request: GET \/gone\.css/));
  });
});
