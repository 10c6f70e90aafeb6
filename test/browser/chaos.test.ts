import { randomInt } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { PaymentState, ReviewKind } from "@pay/core";
import { seeded, shuffled } from "@pay/testkit/internal";
import type { Page } from "playwright-core";
import { TEXTS } from "../../packages/cli/src/demo/texts/index.ts";
import type { CallbackChaos, CreateFault } from "../../packages/simulator/src/index.ts";
import { TEXTS as SIMULATOR_TEXTS } from "../../packages/simulator/src/texts/index.ts";
import { openBrowser, type TestBrowser } from "./support/browser.ts";
import { buyerOn, PROVIDERS, type Provider } from "./support/buyer.ts";
import { CONSOLE_TEXTS, operatorOn } from "./support/operator.ts";
import { type StillDemo, startStillDemo, until } from "./support/still-demo.ts";

const HOUR = 3_600_000;
/** Longer than any payment stays open. */
const TWO_WEEKS_MS = 14 * 24 * HOUR;
/** Time in which the gateways have repeated all outstanding callbacks. */
const RESEND_MS = 60_000;

let demo: StillDemo;
let browser: TestBrowser;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startStillDemo(), openBrowser()]);
});

beforeEach(async () => {
  demo.simulator.setChaos({});
  for (const { id } of (await demo.pay.reviews.list()).reviews)
    await demo.pay.reviews.resolve(id, { action: "dismiss" });
});

afterEach(() => {
  expect(browser.problems()).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await demo.close();
});

interface Ending {
  readonly state: PaymentState;
  /** Milliseconds that Pay waits for it. @default 0 */
  readonly after?: number;
  /** Kinds of the open reviews. */
  readonly reviews?: readonly ReviewKind[];
}

const PAID: Ending = { state: "succeeded" };
const FAILED: Ending = { state: "failed" };
const UNKNOWN: Ending = { state: "unknown" };
const EXPIRED: Ending = { state: "expired", after: TWO_WEEKS_MS };
const paidBut = (...reviews: ReviewKind[]): Ending => ({ ...PAID, reviews });

/** The buyer pays; then the gateway sends its callbacks in this way. */
const CALLBACKS: readonly (readonly [Provider, CallbackChaos, Ending])[] = [
  ["psc", { kind: "delay", ms: 5000 }, PAID],
  ["cards", { kind: "drop" }, PAID],
  ["psc", { kind: "drop", count: "all" }, EXPIRED],
  ["psc", { kind: "duplicate", count: 5 }, PAID],
  ["cards", { kind: "duplicate", count: 5 }, PAID],
  ["psc", { kind: "reorder" }, PAID],
  ["cards", { kind: "reorder" }, PAID],
  ["psc", { kind: "contradict", order: "success_failure" }, PAID],
  ["psc", { kind: "contradict", order: "failure_success" }, PAID],
  ["cards", { kind: "contradict", order: "success_failure" }, paidBut("contradiction")],
  ["cards", { kind: "contradict", order: "failure_success" }, paidBut("late_success")],
  ["psc", { kind: "wrong_secret" }, PAID],
  ["cards", { kind: "wrong_secret", count: "all" }, EXPIRED],
  ["psc", { kind: "foreign_token" }, paidBut("reference_mismatch")],
  ["cards", { kind: "foreign_token" }, PAID],
  ["psc", { kind: "changed_id", to: "nobody" }, paidBut("reference_mismatch")],
  ["cards", { kind: "changed_id", to: "nobody" }, { ...paidBut("unmatched"), after: 2 * HOUR }],
  ["psc", { kind: "changed_id", to: "other" }, paidBut("reference_mismatch")],
  ["cards", { kind: "changed_id", to: "other" }, PAID],
];

/** The gateway refuses, so the shop may offer another attempt at once. */
const REFUSALS: readonly (readonly [Provider, CreateFault])[] = [
  ...[604, 699].map((code) => ["cards", { kind: "error", code } as CreateFault] as const),
  ["psc", { kind: "error", code: 400 }],
  ["psc", { kind: "error", code: 415 }],
];

/** It is unknown whether the gateway has a payment. */
const LOST: readonly (readonly [Provider, CreateFault])[] = [
  ["psc", { kind: "refuse" }],
  ["cards", { kind: "refuse" }],
  ["psc", { kind: "error", code: 500 }],
  ["psc", { kind: "hang" }],
  ["cards", { kind: "hang" }],
  ["psc", { kind: "html" }],
  ["cards", { kind: "html" }],
  ["psc", { kind: "truncated_json" }],
  ["cards", { kind: "truncated_json" }],
];

const LONG = process.env.PAY_TEST_LONG === "1";
const seed = randomInt(1_000_000);

/** Half of the cases per language; of each half, one in two, which the seed draws. */
function halfOf<T>(language: "pl" | "en", cases: readonly T[]): readonly T[] {
  const half = cases.filter((_, at) => at % 2 === (language === "pl" ? 0 : 1));
  return LONG ? half : shuffled(half, seeded(seed)).slice(0, Math.ceil(half.length / 2));
}

describe.each(["pl", "en"] as const)(`in a console in %s, seed ${seed},`, (language) => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.visitor({ language });
  });

  it.each(halfOf(language, CALLBACKS))(
    "callbacks of %s with %j leave it as they should",
    async (provider, chaos, ending) => {
      const { order, vanish } = buyerOn(page, demo.shopUrl, language);
      // The callback names another payment.
      if (chaos.kind === "foreign_token" || chaos.kind === "changed_id") await order(provider);
      demo.simulator.setChaos({ callbacks: [chaos] });
      await order(provider);
      await vanish();
      await demo.simulator.advance(RESEND_MS);
      await standsIn(await newest(), ending);
    },
  );

  it.each(halfOf(language, PROVIDERS))(
    "a callback of %s that comes before the answer is not lost",
    async (provider) => {
      const { reads, submit } = buyerOn(page, demo.shopUrl, language);
      demo.simulator.setChaos({ callbacks: [{ kind: "early" }] });
      await submit(provider);
      await reads(TEXTS[language].paid);
      await standsIn(await newest(), PAID);

      demo.simulator.setChaos({ callbacks: [{ kind: "early", action: "decline" }] });
      await refused(provider);
    },
  );

  it.each(halfOf(language, REFUSALS))("a refusal of %s, %j, leaves a payment that failed", async (provider, create) => {
    demo.simulator.setChaos({ create });
    await refused(provider);
  });

  it.each(halfOf(language, LOST))("where the answer of %s is lost by %j nobody knows", async (provider, create) => {
    const { reads, submit } = buyerOn(page, demo.shopUrl, language);
    demo.simulator.setChaos({ create });
    const before = demo.simulator.payments().length;
    const submitted = submit(provider);
    if (create.kind === "hang") {
      await until(() => demo.simulator.payments().length > before);
      await demo.pass(0);
    }
    await submitted;
    await reads(TEXTS[language].waiting);
    const payment = await newest();
    await standsIn(payment, UNKNOWN);

    // GOSetti.pl still calls the payment's own address; Sellly's number belongs to no payment.
    const made = demo.simulator.payments()[before];
    if (made === undefined || provider === "cards") return standsIn(payment, EXPIRED);
    await demo.simulator.act(made.id, "pay");
    await standsIn(payment, PAID);
  });

  it("all of it can be set on the simulator's page", async () => {
    const callbacks = CALLBACKS.filter(
      ([, { kind }], at) => CALLBACKS.findIndex(([, one]) => one.kind === kind) === at,
    );
    const wanted = [...callbacks.map(([, chaos]) => chaos), { kind: "early", action: "decline" } as const];
    const create = { kind: "error", code: 604, times: 3 } as const;
    await page.goto(`${demo.simulator.url}/chaos`);
    for (const { kind, ...fields } of [...wanted, create]) {
      await page.locator(`input[value="${kind}"]`).check();
      for (const [name, value] of Object.entries(fields)) {
        const field = page.locator(`[name="${kind}.${name}"]`);
        if ((await field.evaluate(({ nodeName }) => nodeName)) === "SELECT") await field.selectOption(String(value));
        else await field.fill(String(value));
      }
    }
    await page.getByRole("button", { name: SIMULATOR_TEXTS[language].chaos.save, exact: true }).click();
    await page.getByRole("status").getByText(SIMULATOR_TEXTS[language].chaos.saved).waitFor();
    const answer = await fetch(`${demo.simulator.url}/api/chaos`);
    const { chaos } = (await answer.json()) as { chaos: { callbacks: { kind: string }[] } };
    const inOrder = (list: readonly { kind: string }[]) => [...list].sort((a, b) => a.kind.localeCompare(b.kind));
    expect({ ...chaos, callbacks: inOrder(chaos.callbacks) }).toMatchObject({ callbacks: inOrder(wanted), create });
  });

  async function newest() {
    const [payment] = (await demo.pay.payments.list({ limit: 1 })).payments;
    return payment!;
  }

  /** The shop reports that the payment could not be started, with status 400, which browsers log. */
  async function refused(provider: Provider): Promise<void> {
    const { reads, submit } = buyerOn(page, demo.shopUrl, language);
    await submit(provider);
    await reads(TEXTS[language].refused);
    expect(browser.problems()).toEqual([expect.stringMatching(/^console: .* status of 400/)]);
    await standsIn(await newest(), FAILED);
  }

  /** Checks the payment and all open reviews in the console. */
  async function standsIn(payment: Awaited<ReturnType<typeof newest>>, ending: Ending): Promise<void> {
    const { reviews, states } = CONSOLE_TEXTS[language];
    const { lit, open, reviews: shown } = operatorOn(page, demo.consoleUrl);
    const successes = () =>
      demo.heard.filter((event) => event.payment.id === payment.id && event.type === "payment.succeeded");
    if (ending.after !== undefined) await demo.pass(ending.after);
    if (ending.state === "succeeded") await until(() => successes().length > 0);
    await open(payment);
    expect(await lit()).toBe(states[ending.state]);
    expect(successes()).toHaveLength(ending.state === "succeeded" ? 1 : 0);
    const due = ending.reviews ?? [];
    // Without open reviews, no page needs a look.
    expect((await demo.pay.reviews.list()).reviews.map(({ kind }) => kind)).toEqual(due);
    if (due.length === 0) return;
    await page.goto(`${demo.consoleUrl}/reviews`);
    expect(await shown()).toEqual(due.map((kind) => expect.stringContaining(reviews[kind].name)));
  }
});
