import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryStatus, HistoryEntry, Payment, PaymentEvent } from "@pay/core";
import type { SimulatedCallback } from "@pay/simulator";
import type { Stage } from "./stage.ts";

export interface Plan {
  readonly provider: "psc" | "cards";
  readonly title: string;
  /** The number of callbacks that the simulated gateway sends for one payment. */
  readonly callbacks: number;
}

export const PURCHASES: readonly Plan[] = [
  { provider: "psc", title: "GOSetti.pl PaySafeCard", callbacks: 3 },
  { provider: "cards", title: "Sellly", callbacks: 1 },
];

/** One purchase as shop, Pay and gateway recorded it. */
export interface Story {
  readonly plan: Plan;
  readonly payment: Payment;
  readonly history: readonly HistoryEntry[];
  readonly callbacks: readonly SimulatedCallback[];
  readonly heard: readonly PaymentEvent[];
  readonly deliveries: readonly DeliveryStatus[];
  /** The address to which the buyer returned after paying. */
  readonly returnedTo: string;
  readonly secrets: readonly string[];
}

/** The longest wait for all steps of a purchase. */
const PATIENCE_MS = 15_000;

/** Buys like a browser: the shop's form, the gateway's page, and back to the shop. Then it waits for the last callback. */
export async function purchase(stage: Stage, plan: Plan): Promise<Story> {
  const email = "buyer@example.com";
  const buy = await post(`${stage.shopUrl}/buy?lang=en`, { provider: plan.provider, email });
  const gatewayPage = await fetch(location(buy, "the shop's answer"));
  if (!gatewayPage.ok) throw new Error(`The gateway's page answered ${gatewayPage.status}.`);
  await gatewayPage.text();
  const paid = await post(gatewayPage.url, { action: "pay" });
  const returnedTo = location(paid, "the gateway's answer");

  const simulated = stage.simulator.payments().find(({ pageUrl }) => pageUrl === gatewayPage.url);
  if (simulated === undefined) throw new Error("The gateway does not know the payment.");
  const callbacks = () => stage.simulator.callbacks().filter(({ payment }) => payment === simulated.id);
  const heard = () => stage.heard.filter(({ payment }) => payment.providerReference === simulated.id);
  await until(
    `${plan.callbacks} callbacks and an event`,
    () => callbacks().length >= plan.callbacks && heard().length > 0,
  );

  const id = heard()[0]?.payment.id ?? "";
  // The result of the handler is stored shortly after its call.
  await until("the delivery to be stored", async () => {
    const rows = await stage.pay.deliveries.list(id);
    return rows.every(({ status }) => status !== "due" && status !== "leased");
  });
  const payment = await stage.pay.payments.get(id);
  if (payment === undefined) throw new Error("The shop does not know the payment.");
  return {
    plan,
    payment,
    history: await stage.pay.payments.history(id),
    callbacks: callbacks(),
    heard: heard(),
    deliveries: await stage.pay.deliveries.list(id),
    returnedTo,
    secrets: [...stage.secrets, email],
  };
}

async function post(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
}

function location(response: Response, what: string): string {
  const target = response.headers.get("location");
  if (response.status !== 303 || target === null) throw new Error(`${what} was ${response.status}, not a redirect.`);
  return new URL(target, response.url).href;
}

async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain for ${what}.`);
    await wait(20);
  }
}
