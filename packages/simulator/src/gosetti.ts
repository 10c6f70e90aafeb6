import { isIP } from "node:net";
import { Hono } from "hono";
import type { BodyEnv } from "./body.ts";
import { admit, type CreateParts } from "./create.ts";
import { parseObject } from "./json.ts";
import { callObjection } from "./loopback.ts";

/**
 * GOSetti.pl's side of "PaySafeCard Api GOSetti.pl V1": `POST /Api/PaySafeCardTransactionCreate.php`.
 *
 * The document shows no error replies. Ours are plain English text: 415 for another content type than `application/json`,
 * 400 for a body that is not the documented object or a `CallbackUrl` that is not on this machine.
 */
export function gosettiRoutes(parts: CreateParts, base: string): Hono<BodyEnv> {
  return new Hono<BodyEnv>().post("/Api/PaySafeCardTransactionCreate.php", async (c) => {
    const type = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
    if (type !== "application/json") return c.text("Content-Type must be application/json", 415);
    const read = readCreate(c.var.body);
    if (read.kind === "refused") return c.text(read.why, 400);
    const id = parts.random.id(16);
    const pageUrl = `${base}/payment/${id}`;
    const payment = {
      id,
      gateway: "gosetti" as const,
      amount: String(read.amount),
      currency: "PLN",
      pageUrl,
      returnTo: null,
      details: {
        kind: "gosetti" as const,
        userId: read.userId,
        clientIp: read.clientIp,
        callbackUrl: read.callbackUrl,
      },
    };
    const answer = { PaySafeCardTransactionId: id, RedirectUrl: pageUrl };
    return admit(
      c,
      { payment, answer, error: (code) => c.text("The simulator was asked to refuse", statusOf(code)) },
      parts,
    );
  });
}

function statusOf(code: number): 400 | 415 | 500 {
  return code === 400 || code === 415 ? code : 500;
}

type Create =
  | { kind: "create"; userId: number; clientIp: string; amount: number; callbackUrl: string }
  | { kind: "refused"; why: string };

function readCreate(text: string): Create {
  const fields = parseObject(text);
  if (fields === null) return refused("The body must be a JSON object");
  const { UserId: userId, ClientIp: clientIp, Amount: amount, CallbackUrl: callbackUrl } = fields;
  if (typeof userId !== "number" || !Number.isSafeInteger(userId) || userId <= 0) {
    return refused("UserId must be a positive integer");
  }
  if (typeof clientIp !== "string" || isIP(clientIp) === 0)
    return refused("ClientIp must be an IP address as a string");
  // The text of the number shows its decimals without arithmetic, and leaves out 1e+21 as well.
  if (typeof amount !== "number" || amount <= 0 || !/^\d+(\.\d{1,2})?$/.test(String(amount))) {
    return refused("Amount must be a positive number of PLN with at most two decimals");
  }
  if (typeof callbackUrl !== "string") return refused("CallbackUrl must be a string");
  const objection = callObjection(callbackUrl);
  if (objection !== null) return refused(`CallbackUrl ${objection}`);
  return { kind: "create", userId, clientIp, amount, callbackUrl };
}

function refused(why: string): Create {
  return { kind: "refused", why };
}
