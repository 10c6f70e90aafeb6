import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createGosetti, createSellly, postGosetti, postSellly } from "../../test/create.ts";
import { REDELIVERY, type Stage, startStage } from "../../test/stage.ts";
import { type CallbackExchange, type CreateExchange, DEMO_SELLLY_SHOP, type HttpExchange } from "../index.ts";
import { curlOf } from "./curl.ts";
import type { Fixture } from "./fixture.ts";

const KEY = DEMO_SELLLY_SHOP.secretKey;

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
});

afterEach(() => stage.close());

async function act(id: string, action: "pay" | "decline" = "pay"): Promise<void> {
  await stage.simulator.act(id, action);
  await stage.simulator.idle(id);
}

const last = () => stage.simulator.exchanges().at(-1)!;
const words = async () =>
  ((await stage.call("GET", "/exchanges")).json as { exchanges: { words: string }[] }).exchanges.map(
    (one) => one.words,
  );

describe("the log of exchanges", () => {
  it("has a callback's request as the shop got it, and the answer as it was written", async () => {
    stage.answer = () => ({ body: "OK", headers: { "X-Shop": "1" } });
    await act(await stage.sellly());
    const { request, response } = last() as CallbackExchange;
    const [got] = stage.shop.requests;
    expect(request!.start).toBe(`GET ${got!.url} HTTP/1.1`);
    expect(Object.fromEntries(request!.headers)).toEqual(got!.headers);
    expect(response!.start).toBe("HTTP/1.1 200 OK");
    expect(response!.headers.slice(0, 2)).toEqual([
      ["content-type", "text/plain"],
      ["X-Shop", "1"],
    ]);
    expect(response!.body).toEqual({ kind: "text", text: "OK" });
  });

  it("has the body of GOSetti.pl's callback and bytes that are no text", async () => {
    stage.answer = () => ({ body: new Uint8Array([0xff, 0x00]) });
    await act(await stage.gosetti());
    const { request, response } = last() as CallbackExchange;
    expect(request!.body).toEqual({ kind: "text", text: stage.shop.requests[0]!.body });
    expect(response!.body).toEqual({ kind: "base64", base64: "/wA=" });
  });

  it("has create requests, good and bad, with their answers", async () => {
    const id = await stage.sellly();
    await postGosetti(stage.simulator, { Amount: 0 });
    const [made, refused] = stage.simulator.exchanges() as CreateExchange[];
    expect(made).toMatchObject({ n: 1, kind: "create", gateway: "sellly", payment: id, verdict: { kind: "created" } });
    expect(made!.request.start).toBe("POST /sellly/pay HTTP/1.1");
    expect(made!.request.body).toMatchObject({ text: expect.stringContaining(`secret_key=${KEY}`) });
    expect(made!.response!.body).toMatchObject({ text: expect.stringContaining(id) });
    expect(refused).toMatchObject({ n: 2, gateway: "gosetti", payment: null, verdict: { kind: "refused" } });
    expect(refused!.response!.start).toBe("HTTP/1.1 400 Bad Request");
  });

  it("has the faults of create", async () => {
    stage.simulator.setChaos({ create: { kind: "refuse", times: 1 } });
    await expect(postSellly(stage.simulator)).rejects.toThrow();
    stage.simulator.setChaos({ create: { kind: "error", code: 699 } });
    await postSellly(stage.simulator);
    expect(await words()).toEqual(["no answer: chaos: refuse", "answered with status 500: chaos: error"]);
    expect(stage.simulator.exchanges()[0]).toMatchObject({ response: null, payment: null });
  });

  it("describes the verdict in words", async () => {
    const answers = ["Ok", "", "OK\n", undefined];
    stage.answer = () => {
      const body = answers.shift();
      return body === undefined ? undefined : { body };
    };
    await act(await stage.sellly());
    await stage.simulator.advance(3 * REDELIVERY);
    stage.answer = () => ({ status: 503 });
    await act(await stage.gosetti());
    expect((await words()).filter((_, index) => ![0, 5].includes(index))).toEqual([
      "answered Ok: will retry in 30 s",
      "answered with nothing: will retry in 30 s",
      'answered "OK\\n": will retry in 30 s',
      "answered OK: accepted",
      "answered with status 503: will retry in 30 s (status 503 instead of 200)",
    ]);
  });

  it("can be read per payment and per number, and answers 404 to others", async () => {
    const id = await stage.sellly();
    await stage.gosetti();
    const { json } = await stage.call("GET", `/exchanges?payment=${id}`);
    expect((json as { exchanges: HttpExchange[] }).exchanges.map(({ n }) => n)).toEqual([1]);
    expect((await stage.call("GET", "/exchanges/2")).json).toMatchObject({ exchange: { n: 2, gateway: "gosetti" } });
    for (const path of [
      "/exchanges/3",
      "/exchanges/0",
      "/exchanges/x",
      "/exchanges/3/fixture",
      "/exchanges?payment=NONE",
    ]) {
      expect((await stage.call("GET", path)).status).toBe(404);
    }
  });

  it("shows the time of the next callback, until there is none", async () => {
    stage.answer = () => ({ body: "no" });
    const id = await stage.sellly();
    await act(id);
    const next = () => stage.simulator.payments()[0]!.nextCallbackAt;
    expect(Date.parse(next()!) - Date.parse(stage.simulator.now())).toBe(REDELIVERY);
    stage.answer = () => undefined;
    await stage.simulator.resend(id);
    expect(next()).toBeNull();
  });
});

describe("copy as curl", () => {
  /** What curl would be called with, by a shell that reads the command. */
  function argumentsOf(command: string): string[] {
    const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
    return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  }

  it("repeats the callback, even with special characters in its address", async () => {
    const CallbackUrl = `${stage.shop.url}/cb/'$(touch%20x)'\`id\`?a='b'&c[]={d}&e=!$HOME;"\\`;
    await act(await createGosetti(stage.simulator, { CallbackUrl }));
    const given = argumentsOf(await (await fetch(`${stage.simulator.url}/api/exchanges/${last().n}/curl`)).text());
    expect(given).toEqual([
      "--globoff",
      "-X",
      "POST",
      CallbackUrl,
      "-H",
      "accept: application/json",
      "-H",
      "content-type: application/json",
      "-H",
      "user-agent: pay-simulator (gosetti)",
      "--data-raw",
      stage.shop.requests[0]!.body,
    ]);
  });

  it("repeats a create request, body and empty fields included", () => {
    const exchange = {
      request: {
        method: "POST",
        url: "http://127.0.0.1:1/sellly/pay",
        headers: [["X-Empty", ""]],
        body: { kind: "text", text: "@a='b'\nc=ż" },
      },
    } as unknown as HttpExchange;
    expect(argumentsOf(curlOf(exchange)).slice(4)).toEqual([
      "-H",
      "X-Empty;",
      "-H",
      "content-type:",
      "--data-raw",
      "@a='b'\nc=ż",
    ]);
  });

  it("does not exist for what was never sent", async () => {
    stage.simulator.setChaos({ callbacks: [{ kind: "drop" }] });
    await act(await stage.sellly());
    expect(await stage.call("GET", `/exchanges/${last().n}/curl`)).toMatchObject({
      status: 404,
      json: { error: "unknown_exchange" },
    });
  });
});

describe("save as a fixture", () => {
  const EMAIL = "jan.kowalski+1@poczta.pl";
  const PRIVATE = [KEY, EMAIL, encodeURIComponent(EMAIL), "jan.kowalski", "203.0.113.9", "s3cr3t-t0ken", "Bearer"];

  async function fixtures(): Promise<Fixture[]> {
    const all = stage.simulator.exchanges().map(({ n }) => stage.call("GET", `/exchanges/${n}/fixture`));
    return (await Promise.all(all)).map(({ json }) => json as Fixture);
  }

  it("keeps bytes and verdict, and has stand-ins for secrets and people, echoes and broken requests included", async () => {
    const gosetti = { ClientIp: "203.0.113.9", CallbackUrl: `${stage.shop.url}/cb/s3cr3t-t0ken?t=s3cr3t-t0ken-2` };
    stage.answer = ({ body, url }) => ({
      body: `${EMAIL}, 203.0.113.9: ${decodeURIComponent(url)} ${url} ${body}`,
      headers: { "set-cookie": "Bearer" },
    });
    await act(await createSellly(stage.simulator, { buyer_email: EMAIL, ip: "203.0.113.9" }));
    await act(await createGosetti(stage.simulator, gosetti));
    await postGosetti(stage.simulator, { ...gosetti, Amount: 0 });
    await postSellly(stage.simulator, { buyer_email: EMAIL, operator: "none" });
    await fetch(`${stage.simulator.selllyUrl}/pay`, {
      method: "POST",
      headers: { authorization: "Bearer" },
      body: new Uint8Array([...Buffer.from(`secret_key=${KEY}&buyer_email=${EMAIL}&x=`), 0xff]),
    });
    const saved = await fixtures();
    expect(saved).toHaveLength(7);
    const text = JSON.stringify(saved);
    for (const one of PRIVATE) expect(text).not.toContain(one);
    expect(JSON.stringify(stage.simulator.exchanges())).toContain(KEY);
  });

  it("hides secrets in the verdict on an accepted answer, and tokens in Sellly's notification address", async () => {
    const back = `https://shop.example/thanks?email=${encodeURIComponent(EMAIL)}&ip=203.0.113.9&t=s3cr3t-t0ken`;
    stage.simulator.setSelllyNotificationUrl("SHOP1", `${stage.shop.url}/sellly/s3cr3t-t0ken?t=s3cr3t-t0ken-2`);
    stage.answer = () => ({
      body: JSON.stringify({ RedirectUrl: back }),
      headers: { "content-type": "application/json" },
    });
    const gosetti = { ClientIp: "203.0.113.9", CallbackUrl: `${stage.shop.url}/cb/s3cr3t-t0ken` };
    await act(await createGosetti(stage.simulator, gosetti));
    await act(await createSellly(stage.simulator, { buyer_email: EMAIL, ip: "203.0.113.9" }));
    const saved = await fixtures();
    expect(saved[1]!.expected.verdict).toMatchObject({ kind: "accepted" });
    const text = JSON.stringify(saved);
    for (const one of PRIVATE) expect(text).not.toContain(one);
    expect(saved.at(-1)!.request!.url.startsWith(stage.shop.url)).toBe(true);
  });

  it("has the original bytes except for the stand-ins", async () => {
    await act(await stage.gosetti());
    const [, { expected, format, request, standIns }] = (await fixtures()) as [Fixture, Fixture];
    expect(format).toBe("pay-simulator-fixture-1");
    expect(request!.url).toBe(`${stage.shop.url}/cb/order/${standIns.token}`);
    expect(request!.start).toBe(`POST /cb/order/${standIns.token} HTTP/1.1`);
    expect(request!.body).toEqual({ kind: "text", text: stage.shop.requests[0]!.body });
    expect(expected).toMatchObject({
      verdict: { kind: "accepted" },
      words: "answered with a RedirectUrl: accepted, will call again in 30 s",
    });
  });

  it("has a content length that fits, and is a download", async () => {
    await stage.sellly();
    const response = await fetch(`${stage.simulator.url}/api/exchanges/1/fixture`);
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="sellly-create-1.json"');
    const { request } = (await response.json()) as Fixture;
    const length = request!.headers.find(([name]) => name.toLowerCase() === "content-length")![1];
    expect(request!.body).toMatchObject({ text: expect.stringMatching(new RegExp(`^.{${length}}$`)) });
  });
});
