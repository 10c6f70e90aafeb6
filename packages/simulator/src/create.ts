import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import type { BodyEnv } from "./body.ts";
import type { Buyer } from "./buyer.ts";
import type { CreateFault, FaultCode } from "./chaos/model.ts";
import type { ChaosStore } from "./chaos/store.ts";
import type { SimulatorClock } from "./clock.ts";
import type { Delivery } from "./deliver.ts";
import type { Ledger, SimulatedPayment } from "./ledger.ts";
import type { Random } from "./random.ts";

export interface CreateParts {
  readonly ledger: Ledger;
  readonly chaos: ChaosStore;
  readonly clock: SimulatorClock;
  readonly random: Random;
  readonly buyer: Buyer;
  readonly delivery: Delivery;
  /** Milliseconds. */
  readonly expiry: number;
}

/** A create request that is right in itself, in its gateway's terms. */
export interface Admission {
  readonly payment: Pick<
    SimulatedPayment,
    "id" | "gateway" | "amount" | "currency" | "pageUrl" | "returnTo" | "details"
  >;
  /** The documented answer. */
  readonly answer: object;
  /** The gateway's error with a code that the chaos asks for. */
  error(code: FaultCode): Response;
}

/** Makes the payment and answers, or does what the chaos has in store for this request. */
export async function admit(c: Context<BodyEnv>, admission: Admission, parts: CreateParts): Promise<Response> {
  const fault = parts.chaos.take(admission.payment.gateway);
  c.set("fault", fault?.kind ?? null);
  if (fault?.kind === "refuse") return cut(c);
  if (fault?.kind === "error") return admission.error(fault.code);
  c.set("payment", admission.payment.id);
  await make(admission.payment, parts);
  return fault === null ? c.json(admission.answer) : spoil(fault, c, admission.answer, parts.chaos);
}

async function make(payment: Admission["payment"], parts: CreateParts): Promise<void> {
  const { buyer, chaos, clock, delivery, expiry, ledger } = parts;
  const { callbacks = [] } = chaos.get();
  ledger.add({
    ...payment,
    state: "open",
    createdAt: clock.iso(),
    finishedAt: null,
    expiresAt: new Date(clock.now() + expiry).toISOString(),
    nextCallbackAt: null,
    chaos: { callbacks },
  });
  clock.schedule(() => buyer.expire(payment.id), expiry);
  const early = callbacks.find((one) => one.kind === "early");
  if (early === undefined) return;
  await buyer.act(payment.id, early.action ?? "pay");
  await delivery.settled(payment.id);
}

type Spoilt = Exclude<CreateFault, { kind: "refuse" | "error" }>;

/** The payment is made; what the shop hears of it is spoilt. */
async function spoil(fault: Spoilt, c: Context<BodyEnv>, answer: object, chaos: ChaosStore): Promise<Response> {
  switch (fault.kind) {
    case "hang": {
      const gone = new AbortController();
      c.env.outgoing.once("close", () => gone.abort());
      const end = await chaos.hold(gone.signal);
      return end === "released" ? c.json(answer) : cut(c);
    }
    case "html":
      return c.html("<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n", 502);
    case "truncated_json": {
      const whole = JSON.stringify(answer);
      return c.body(whole.slice(0, whole.length / 2), 200, { "content-type": "application/json" });
    }
    default:
      return fault satisfies never;
  }
}

/** Ends the connection without an answer. */
function cut(c: Context<BodyEnv>): Response {
  c.env.outgoing.destroy();
  c.set("isCut", true);
  return RESPONSE_ALREADY_SENT;
}
