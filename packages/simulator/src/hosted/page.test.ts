import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createGosetti, createSellly, press } from "../../test/create.ts";
import { type Simulator, startSimulator } from "../index.ts";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.close());

async function pageOf(id: string): Promise<string> {
  const { payment } = (await (await fetch(`${simulator.url}/api/payments/${id}`)).json()) as {
    payment: { pageUrl: string };
  };
  return payment.pageUrl;
}

async function read(url: string, language = ""): Promise<string> {
  return (await fetch(url, { headers: { "accept-language": language } })).text();
}

describe("the payment page", () => {
  it.each([
    ["", "", "pl"],
    ["", "de, en;q=0.8, pl;q=0.5", "en"],
    ["", "pl-PL,pl;q=0.9,en;q=0.1", "pl"],
    ["?lang=en", "pl", "en"],
    ["?lang=pl", "en", "pl"],
    ["?lang=xx", "en", "en"],
  ])("of GOSetti.pl with %j and Accept-Language %j speaks %s", async (query, accepted, language) => {
    const page = await read(`${await pageOf(await createGosetti(simulator))}${query}`, accepted);
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toContain(language === "pl" ? ">Zapłać</button>" : ">Pay</button>");
    expect(page).toContain(`action="?lang=${language}"`);
    expect(page).toContain(language === "pl" ? 'href="?lang=en"' : 'href="?lang=pl"');
  });

  it("of Sellly speaks the payment's language_code whatever the browser prefers, until switched", async () => {
    const url = await pageOf(await createSellly(simulator, { language_code: "en" }));
    expect(await read(url, "pl")).toContain('<html lang="en">');
    expect(await read(`${url}?lang=pl`, "en")).toContain('<html lang="pl">');
  });

  it("shows the amount, looks different by gateway, and offers Sellly's channels with labels", async () => {
    const gosetti = await read(await pageOf(await createGosetti(simulator, { Amount: 20 })));
    expect(gosetti).toContain("<dd>20\u00a0zł</dd>");
    expect(gosetti).toContain('<body class="gosetti">');
    expect(gosetti).not.toContain("<fieldset>");
    const sellly = await read(await pageOf(await createSellly(simulator, { price: "20.00", currency_code: "USD" })));
    expect(sellly).toContain("<dd>20,00\u00a0USD</dd>");
    expect(sellly).toContain('<body class="sellly">');
    expect(sellly.match(/<label><input type="radio"/g)).toHaveLength(4);
  });

  it("escapes what the shop sent", async () => {
    const email = "\"><script>alert(1)</script>'&@x.pl";
    const method = '"><img src=x>';
    const page = await read(
      await pageOf(await createSellly(simulator, { buyer_email: email, payment_method: method })),
    );
    expect(page).not.toMatch(/<script|<img/);
    expect(page).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;@x.pl");
    expect(page).toContain('value="&quot;&gt;&lt;img src=x&gt;"');
  });

  it("allows no script, no frame and only its own stylesheet", async () => {
    const response = await fetch(await pageOf(await createGosetti(simulator)));
    const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    expect(response.headers.get("content-security-policy")).toBe(policy);
    expect(await response.text()).not.toMatch(/<script|<style|style="|\son\w+=/);
    const style = await fetch(`${simulator.url}/style.css`);
    expect(style.headers.get("content-type")).toContain("text/css");
  });

  it("does not exist for an unknown payment, nor under the other gateway", async () => {
    const url = await pageOf(await createGosetti(simulator));
    expect((await fetch(`${url}X`)).status).toBe(404);
    expect((await fetch(url.replace("/gosetti/", "/sellly/"))).status).toBe(404);
    expect((await press(`${url}X`, "pay")).status).toBe(404);
  });

  it("refuses an action it does not offer", async () => {
    const url = await pageOf(await createGosetti(simulator));
    expect((await press(url, "refund")).status).toBe(400);
  });

  it("refuses a form posted by another web page", async () => {
    const url = await pageOf(await createGosetti(simulator));
    const init = { method: "POST", body: "action=pay" };
    expect((await fetch(url, { ...init, headers: { origin: "http://evil.example" } })).status).toBe(403);
    expect((await fetch(url, { ...init, headers: { origin: "null" } })).status).toBe(403);
  });
});

describe("the home page", () => {
  it("lists the addresses and the payments, in both languages", async () => {
    const id = await createGosetti(simulator);
    expect(await read(simulator.url)).toContain("Symulator bramek płatności");
    const page = await read(`${simulator.url}/?lang=en`);
    expect(page).toContain("Payment gateway simulator");
    expect(page).toContain(`<code>${simulator.gosettiUrl}</code>`);
    expect(page).toContain(`>${id}</a>`);
  });
});
