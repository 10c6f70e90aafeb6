import type { Language } from "@pay/i18n";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";

export interface VisitorOptions {
  readonly language: Language;
  /** @default true */
  readonly script?: boolean;
}

/** A real browser with separate visitors. */
export interface TestBrowser {
  /** A page in its own browser profile. */
  visitor(options: VisitorOptions): Promise<Page>;
  /** The errors on the visitors' pages since the last call: in the console, in scripts, in requests. */
  problems(): readonly string[];
  /** Closes all pages. Resolves with the errors on them. */
  leave(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** How long a page may take to show the expected content, on a busy machine. */
const TIMEOUT_MS = 30_000;

export async function openBrowser(): Promise<TestBrowser> {
  const browser: Browser = await launchChromium();
  const problems: string[] = [];
  const contexts = new Set<BrowserContext>();

  return {
    async visitor({ language, script = true }) {
      const context = await browser.newContext({
        locale: language === "pl" ? "pl-PL" : "en-GB",
        javaScriptEnabled: script,
        reducedMotion: "reduce",
      });
      contexts.add(context);
      context.setDefaultTimeout(TIMEOUT_MS);
      const page = await context.newPage();
      listen(page, problems);
      return page;
    },
    problems: () => problems.splice(0),
    async leave() {
      await Promise.all([...contexts].map((context) => context.close()));
      contexts.clear();
      return problems.splice(0);
    },
    close: () => browser.close(),
  };
}

function listen(page: Page, problems: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // A stream of events ends when the browser leaves its page.
    if (request.resourceType() === "eventsource" && why === "net::ERR_ABORTED") return;
    problems.push(`request: ${request.method()} ${new URL(request.url()).pathname} ${why}`);
  });
}
