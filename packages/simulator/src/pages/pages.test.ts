import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createGosetti, createSellly, press } from "../../test/create.ts";
import { REDELIVERY, type Stage, startStage } from "../../test/stage.ts";
import { DEMO_SELLLY_SHOP, startSimulator } from "../index.ts";
import { TEXTS } from "../texts/index.ts";

const KEY = DEMO_SELLLY_SHOP.secretKey;

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
});

afterEach(() => stage.close());

async function read(path: string): Promise<string> {
  return (await fetch(`${stage.simulator.url}${path}`, { headers: { "accept-language": "en" } })).text();
}

function post(path: string, form: Record<string, string> | [string, string][] = {}): Promise<Response> {
  const init = { method: "POST", body: new URLSearchParams(form), headers: { origin: stage.simulator.url } };
  return fetch(`${stage.simulator.url}${path}`, { ...init, redirect: "manual" });
}

async function paid(): Promise<string> {
  const id = await stage.sellly();
  await stage.simulator.act(id, "pay");
  await stage.simulator.idle(id);
  return id;
}

describe("the buyer's page", () => {
  it("lets the buyer pay and vanish: the shop is called, but the buyer is not redirected", async () => {
    for (const create of [stage.gosetti, stage.sellly]) {
      const id = await create();
      const { pageUrl } = stage.simulator.payments().at(-1)!;
      const page = await press(pageUrl, "vanish");
      expect(page.status).toBe(200);
      expect(await page.text()).toContain("Kupujący zamknął przeglądarkę");
      await stage.simulator.idle(id);
      expect(stage.received().at(-1)![1]).toBe(id);
      expect(stage.simulator.payments().at(-1)!.state).toBe("paid");
    }
    expect(await stage.call("POST", `/payments/${await stage.sellly()}/vanish`)).toMatchObject({
      json: { buyer: { kind: "gone" }, payment: { state: "paid" } },
    });
  });

  it("redirects a leaving buyer to the shop if Sellly knows its address, and leaves the payment open", async () => {
    const returning = { ...DEMO_SELLLY_SHOP, returnUrl: "https://shop.example/back" };
    const simulator = await startSimulator({ sellly: { shops: [returning] } });
    const id = await createSellly(simulator);
    const left = await press(simulator.payments()[0]!.pageUrl, "leave");
    expect([left.status, left.headers.get("location")]).toEqual([303, "https://shop.example/back"]);
    expect(await simulator.act(id, "leave")).toEqual({ kind: "redirect", url: "https://shop.example/back" });
    expect(simulator.payments()[0]!.state).toBe("open");
    await simulator.close();
  });

  it("asks for a PIN, a channel or a card, and sends only the channel", async () => {
    await createGosetti(stage.simulator);
    await createSellly(stage.simulator, { operator: "cashbill" });
    await createSellly(stage.simulator, { operator: "stripe" });
    const pages = await Promise.all(
      stage.simulator.payments().map(async ({ pageUrl }) => (await fetch(pageUrl)).text()),
    );
    expect(pages.map((page) => /class="checkout (\w+)"/.exec(page)![1])).toEqual(["paysafecard", "cashbill", "stripe"]);
    expect(pages.map((page) => page.match(/<input (?!type="radio")/g)?.length ?? 0)).toEqual([1, 0, 3]);
    const names = pages.flatMap((page) => page.match(/<(?:input|select)[^>]* name="[^"]*"/g) ?? []);
    expect(new Set(names)).toEqual(new Set(['<input type="radio" name="payment_channel"']));
  });

  it("says that the payment expired", async () => {
    await stage.sellly();
    await stage.simulator.advance(3_600_000);
    expect(await (await fetch(stage.simulator.payments()[0]!.pageUrl)).text()).toContain("<h1>Płatność wygasła</h1>");
  });
});

describe("the tester's pages", () => {
  it("count down to the next callback, and refresh while time runs unless this is switched off", async () => {
    stage.answer = () => ({ body: "no" });
    const id = await paid();
    expect(await read(`/payments/${id}`)).toContain("in 30 s (12:00:30)");
    await stage.simulator.advance(18_001);
    expect(await read(`/payments/${id}`)).toContain("in 12 s (12:00:30)");
    const running = await startSimulator();
    const other = await createSellly(running);
    const page = `${running.url}/payments/${other}`;
    expect((await fetch(page)).headers.get("refresh")).toBeNull();
    await running.act(other, "pay");
    await running.idle(other);
    expect((await fetch(page)).headers.get("refresh")).toBe("5");
    expect((await fetch(`${page}?refresh=off`)).headers.get("refresh")).toBeNull();
    expect((await fetch(`${stage.simulator.url}/payments/${id}`)).headers.get("refresh")).toBeNull();
    await running.close();
  });

  it("resend a callback", async () => {
    const id = await paid();
    const answer = await post(`/payments/${id}/resend`);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `/payments/${id}?lang=pl`]);
    expect(stage.shop.requests).toHaveLength(2);
    expect(await read(`/payments/${id}`)).toContain("callback 2");
  });

  it("hide secrets and buyers until you ask to see them, and then have a curl command", async () => {
    const id = await paid();
    for (const path of [
      "/",
      "/exchanges",
      "/exchanges/1",
      "/exchanges/2",
      `/payments/${id}`,
      `/payments/${id}/chaos`,
    ]) {
      const page = await read(path);
      expect(page).toContain('<html lang="en">');
      expect(page).not.toMatch(new RegExp(`${KEY}|test@test.pl|test%40test.pl`));
    }
    const shown = await read("/exchanges/2?secrets=shown");
    expect(shown).toContain(`secret_key=${KEY}`);
    const command = await (await fetch(`${stage.simulator.url}/api/exchanges/2/curl`)).text();
    const escaped = command.trim().replaceAll("&", "&amp;").replaceAll("'", "&#39;");
    expect(shown).toContain(`>${escaped}</textarea>`);
  });

  it("escape what the shop answered", async () => {
    stage.answer = () => ({ body: "<script>alert(1)</script>" });
    await paid();
    for (const path of ["/", "/exchanges", "/exchanges/2", "/exchanges/2?secrets=shown"]) {
      const page = await read(path);
      expect(page).toContain("&lt;script&gt;alert(1)");
      expect(page).not.toContain("<script");
    }
  });

  it("set the chaos of future payments, show it, and remove it", async () => {
    const form: [string, string][] = [
      ["callbacks", "delay"],
      ["delay.ms", "250"],
      ["callbacks", "drop"],
      ["drop.count", "all"],
      ["duplicate.count", "7"],
      ["create", "error"],
      ["error.code", "605"],
      ["error.times", "2"],
    ];
    const page = await (await post("/chaos?lang=en", form)).text();
    expect(page).toContain('<p role="status">The chaos is set.</p>');
    const chaos = {
      callbacks: [
        { kind: "delay", ms: 250 },
        { kind: "drop", count: "all" },
      ],
      create: { kind: "error", code: 605, times: 2 },
    };
    expect((await stage.call("GET", "/chaos")).json).toEqual({ chaos });
    const shown = await read("/chaos");
    expect(shown.match(/ checked>/g)).toHaveLength(3);
    expect(shown).toContain('name="delay.ms" value="250"');
    expect(shown).toContain('<option value="605" selected>');
    await post("/chaos", { create: "" });
    expect((await stage.call("GET", "/chaos")).json).toEqual({ chaos: {} });
  });

  it("say what is wrong with chaos, and keep the old one", async () => {
    const answer = await post("/chaos?lang=en", { callbacks: "delay", "delay.ms": "soon" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("callbacks[0].ms must be a whole number");
    expect((await stage.call("GET", "/chaos")).json).toEqual({ chaos: {} });
  });

  it("name every choice of chaos in the reader's language, and keep the values of the control API", async () => {
    const labels = async (lang: string) =>
      [...(await read(`/chaos?lang=${lang}`)).matchAll(/<option value="([a-z_]+)" >([^<]+)</g)].map(
        ([, value, text]) => [value, text],
      );
    expect(await labels("en")).toEqual([
      ["success_failure", "first success, then failure"],
      ["failure_success", "first failure, then success"],
      ["pay", "pays"],
      ["decline", "declines"],
      ["nobody", "of no payment"],
      ["other", "of another payment"],
    ]);
    const polish = await labels("pl");
    expect(polish.map(([value]) => value)).toEqual((await labels("en")).map(([value]) => value));
    expect(polish).toContainEqual(["nobody", "żadnej płatności"]);
  });

  it("write fractions of a second as the language does", () => {
    expect([TEXTS.pl.verdict.inSeconds(0.25), TEXTS.en.verdict.inSeconds(0.25)]).toEqual(["za 0,25 s", "in 0.25 s"]);
  });

  it("set one payment's chaos, without the kinds that apply to create", async () => {
    const id = await stage.sellly();
    const page = await read(`/payments/${id}/chaos`);
    expect(page).not.toMatch(/name="create"|value="early"/);
    await post(`/payments/${id}/chaos`, { callbacks: "drop" });
    await stage.simulator.act(id, "pay");
    expect(stage.simulator.callbacks()[0]!.verdict.kind).toBe("not_sent");
    expect((await post(`/payments/${id}/chaos`, { callbacks: "early" })).status).toBe(400);
  });

  it("move time forward", async () => {
    stage.answer = () => ({ body: "no" });
    await paid();
    expect((await post("/clock", { seconds: String(REDELIVERY / 1000) })).headers.get("location")).toBe("/?lang=pl");
    expect(stage.shop.requests).toHaveLength(2);
    expect(await read("/")).toContain("01/01/2026, 12:00:30");
    for (const seconds of ["", "-1", "x"]) expect((await post("/clock", { seconds })).status).toBe(400);
  });

  it("answer 404 to unknown addresses and 403 to forms of other pages", async () => {
    for (const path of ["/payments/NONE", "/payments/NONE/chaos", "/exchanges/1", "/exchanges/x"]) {
      expect((await fetch(`${stage.simulator.url}${path}`)).status).toBe(404);
    }
    const foreign = { method: "POST", headers: { origin: "http://evil.example" } };
    for (const path of ["/chaos", "/chaos/release", "/clock", "/payments/NONE/resend"]) {
      expect((await fetch(`${stage.simulator.url}${path}`, foreign)).status).toBe(403);
    }
  });

  it("speak Polish and English and have a label for every field", async () => {
    const id = await paid();
    for (const path of ["/", "/exchanges", "/exchanges/2", "/chaos", `/payments/${id}`, `/payments/${id}/chaos`]) {
      const [polish, english] = [await read(`${path}?lang=pl`), await read(`${path}?lang=en`)];
      expect(polish).toContain('<html lang="pl">');
      expect(polish).toContain(">Dziennik komunikacji</a>");
      expect(english).toContain(">Exchange log</a>");
      expect(english).not.toMatch(/[ąćęłńóśźż]/);
      expect(english.match(/ style=| on\w+=/)).toBeNull();
    }
  });
});
