import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { CreateFault } from "../chaos/model.ts";
import type { ChaosStore } from "../chaos/store.ts";
import { type GatewayAnswer, mediaType } from "../engine/content.ts";
import type { SimulatorContext } from "../engine/context.ts";
import { type StartedGateway, urlOf } from "../engine/gateway-set.ts";
import type { SimulatedPayment } from "../engine/model.ts";
import type { BodyEnv } from "./body.ts";

/**
 * The create request of one gateway. If the gateway accepts it, a payment is made and the documented answer given, unless
 * chaos applies to this request.
 */
export function createRoutes(gateway: StartedGateway, context: SimulatorContext): Hono<BodyEnv> {
  return new Hono<BodyEnv>().post(gateway.createPath, async (c) => {
    const id = context.random.id(gateway.idLength);
    const pageUrl = `${urlOf(gateway, context.url)}/payment/${id}`;
    const contentType = mediaType(c.req.header("content-type"));
    const read = gateway.readCreate({ headers: c.req.raw.headers, contentType, body: c.var.body, id, pageUrl });
    if (read.kind === "refused") return give(c, read.answer);

    const fault = context.chaos.take(gateway.errorCodes);
    c.set("fault", fault?.kind ?? null);
    if (fault?.kind === "refuse") return cut(c);
    if (fault?.kind === "error") return give(c, gateway.errorAnswer(fault.code));
    c.set("payment", id);
    await makePayment({ ...read.payment, id, pageUrl, gateway: gateway.name }, context);
    return fault === null ? give(c, read.answer) : spoil(fault, c, read.answer, context.chaos);
  });
}

type Accepted = Pick<SimulatedPayment, "id" | "gateway" | "amount" | "currency" | "pageUrl" | "returnTo" | "details">;

async function makePayment(payment: Accepted, context: SimulatorContext): Promise<void> {
  const { buyer, chaos, clock, delivery, expiryMs, ledger } = context;
  const { callbacks = [] } = chaos.get();
  ledger.add({
    ...payment,
    state: "open",
    createdAt: clock.iso(),
    finishedAt: null,
    expiresAt: new Date(clock.now() + expiryMs).toISOString(),
    nextCallbackAt: null,
    chaos: { callbacks },
  });
  clock.schedule(() => buyer.expire(payment.id), expiryMs);
  const early = callbacks.find((one) => one.kind === "early");
  if (early === undefined) return;
  await buyer.act(payment.id, early.action ?? "pay");
  await delivery.idle(payment.id);
}

type AnswerFault = Exclude<CreateFault, { kind: "refuse" | "error" }>;

/** Spoils the answer about a payment that has been made. */
async function spoil(
  fault: AnswerFault,
  c: Context<BodyEnv>,
  answer: GatewayAnswer,
  chaos: ChaosStore,
): Promise<Response> {
  switch (fault.kind) {
    case "hang": {
      const gone = new AbortController();
      c.env.outgoing.once("close", () => gone.abort());
      const end = await chaos.hold(gone.signal);
      return end === "released" ? give(c, answer) : cut(c);
    }
    case "html":
      return c.html("<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n", 502);
    case "truncated_json":
      return give(c, { ...answer, body: answer.body.slice(0, answer.body.length / 2) });
    default:
      return fault satisfies never;
  }
}

function give(c: Context<BodyEnv>, { body, contentType, status }: GatewayAnswer): Response {
  return c.body(body, status as ContentfulStatusCode, { "content-type": contentType });
}

/** Ends the connection without an answer. */
function cut(c: Context<BodyEnv>): Response {
  c.env.outgoing.destroy();
  c.set("isCut", true);
  return RESPONSE_ALREADY_SENT;
}
