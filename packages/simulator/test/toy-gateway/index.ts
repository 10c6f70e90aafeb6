import { createHmac } from "node:crypto";
import { Hono } from "hono";
import { html } from "hono/html";
import { jsonAnswer, mediaType, parseObject } from "../../src/engine/content.ts";
import { failure } from "../../src/engine/failure.ts";
import type { CallbackRequest, SimulatedPayment } from "../../src/engine/model.ts";
import type { CreateReading, CreateRequest, PaymentPage, SimulatedGateway } from "../../src/gateways/gateway.ts";
import type { BodyEnv } from "../../src/http/body.ts";
import { postAsShop } from "../../src/scenario/post-as-shop.ts";

/** A gateway that exists nowhere. It differs from the real ones wherever the interface lets it. */
export interface ToyTypes {
  readonly name: "toy";
  readonly details: {
    readonly kind: "toy";
    readonly notifyUrl: string;
    readonly child: string;
    readonly coin: string | null;
  };
  readonly options: { readonly key?: string };
  readonly errorCode: 401 | 422;
  readonly handle: { readonly toyUrl: string; toyKey(): string };
}

type ToyPayment = SimulatedPayment<ToyTypes>;

const COINS = ["gold", "silver"];

/** Authenticates by a header, signs its callbacks, and takes a bare 204 for an acknowledgement. */
export const toy: SimulatedGateway<ToyTypes> = {
  name: "toy",
  texts: {
    en: { label: "Toy", title: "Toy bank", chaos: { wrong_secret: "signature with another key" } },
    pl: { label: "Zabawka", title: "Bank zabawek", chaos: { wrong_secret: "podpis innym kluczem" } },
  },
  style: ".toy { --accent: #b0006d; }\n",
  createPath: "/v2/coins",
  idLength: 8,
  errorCodes: [401, 422],
  returnUrlComesFrom: "create",
  scenarioNeedsCallbackUrl: true,
  secretFields: { child: "email" },
  start({ key: given = "toy-key-0001" }, { random, redeliveryMs }) {
    let key = given;
    return {
      handle: (toyUrl) => ({ toyUrl, toyKey: () => key }),
      readCreate: (request) => readCreate(request, key),
      errorAnswer: (code) => jsonAnswer({ error: code }, code),
      callbackRequest: (payment) => callbackRequest(payment, key),
      judgeAnswer: (_payment, sent) =>
        sent.kind === "answered" && sent.response.status === 204
          ? { kind: "accepted", redirectUrl: null, nextInMs: null }
          : { kind: "will_retry", nextInMs: 2 * redeliveryMs, reason: "not 204" },
      falseCallbacks: { wrong_secret: (payment) => callbackRequest(payment, random.unlike(key)) },
      page: PAGE,
      secrets: (payments) => ({
        values: [[key, "secretKey"], ...payments.map(({ details }) => [details.child, "email"] as const)],
        addresses: payments.map(({ details }) => details.notifyUrl),
      }),
      shopRequest({ amount, callbackUrl }, url) {
        const body = JSON.stringify({ cents: Math.round(Number(amount) * 100), child: "Ola", notify: callbackUrl });
        const request = postAsShop(`${url}/v2/coins`, "application/json", body);
        return { ...request, headers: { ...request.headers, authorization: `Bearer ${key}` } };
      },
      controlRoutes: () =>
        new Hono<BodyEnv>().put("/key", (c) => {
          if (c.var.body === "") throw failure("bad_request", "The body must be the new key");
          key = c.var.body;
          return c.json({ key });
        }),
    };
  },
};

function readCreate({ body, contentType, headers, id, pageUrl }: CreateRequest, key: string): CreateReading<ToyTypes> {
  if (headers.get("authorization") !== `Bearer ${key}`) return { kind: "refused", answer: jsonAnswer({}, 401) };
  const fields = mediaType(contentType) === "application/json" ? parseObject(body) : null;
  const { back, cents, child, notify } = fields ?? {};
  if (typeof cents !== "number" || typeof child !== "string" || typeof notify !== "string") {
    return { kind: "refused", answer: jsonAnswer({}, 422) };
  }
  return {
    kind: "accepted",
    payment: {
      amount: (cents / 100).toFixed(2),
      currency: "PLN",
      returnTo: typeof back === "string" ? back : null,
      details: { kind: "toy", notifyUrl: notify, child, coin: null },
    },
    answer: jsonAnswer({ coin: id, go: pageUrl }, 201),
  };
}

export function sign(text: string, key: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

function callbackRequest({ details, id, state }: ToyPayment, key: string): CallbackRequest {
  const facts = `coin=${id}&result=${state}&kind=${details.coin ?? ""}`;
  const body = `${facts}&signature=${sign(facts, key)}`;
  const headers = {
    host: new URL(details.notifyUrl).host,
    "content-type": "application/x-www-form-urlencoded",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  return { method: "POST", url: details.notifyUrl, headers, body };
}

const PAGE: PaymentPage<ToyTypes> = {
  look: () => "playroom",
  language: () => "en",
  summary: ({ details }, language) => [[language === "pl" ? "Dziecko" : "Child", details.child]],
  means: () =>
    html`<label>Coin <select name="coin">${COINS.map((one) => html`<option>${one}</option>`)}</select></label>`,
  readForm({ details }, form) {
    const coin = form.get("coin") ?? COINS[0]!;
    if (!COINS.includes(coin)) throw failure("bad_request", "coin must be one of gold, silver");
    return { ...details, coin };
  },
};
