import { isIP } from "node:net";
import { jsonAnswer, parseObject } from "../../engine/content.ts";
import { callObjection } from "../../engine/loopback.ts";
import type { CreateReading, CreateRequest } from "../gateway.ts";
import { errorAnswer, type GosettiErrorCode } from "./create-errors.ts";
import type { GosettiTypes } from "./model.ts";

/**
 * Reads `POST /Api/PaySafeCardTransactionCreate.php` of "PaySafeCard Api GOSetti.pl V1".
 *
 * The document shows no error replies. Ours are plain English text: 415 for another content type than `application/json`,
 * 400 for a body that is not the documented object or a `CallbackUrl` that is not on this machine.
 */
export function readCreate({ body, contentType, id, pageUrl }: CreateRequest): CreateReading<GosettiTypes> {
  if (contentType !== "application/json") return refused("Content-Type must be application/json", 415);
  const fields = parseObject(body);
  if (fields === null) return refused("The body must be a JSON object");
  const { UserId: userId, ClientIp: clientIp, Amount: amount, CallbackUrl: callbackUrl } = fields;
  if (typeof userId !== "number" || !Number.isSafeInteger(userId) || userId <= 0) {
    return refused("UserId must be a positive integer");
  }
  if (typeof clientIp !== "string" || isIP(clientIp) === 0) {
    return refused("ClientIp must be an IP address as a string");
  }
  // The number's text shows its decimals without arithmetic, and also excludes 1e+21.
  if (typeof amount !== "number" || amount <= 0 || !/^\d+(\.\d{1,2})?$/.test(String(amount))) {
    return refused("Amount must be a positive number of PLN with at most two decimals");
  }
  if (typeof callbackUrl !== "string") return refused("CallbackUrl must be a string");
  const objection = callObjection(callbackUrl);
  if (objection !== null) return refused(`CallbackUrl ${objection}`);
  return {
    kind: "accepted",
    payment: {
      amount: String(amount),
      currency: "PLN",
      returnTo: null,
      details: { kind: "gosetti", userId, clientIp, callbackUrl },
    },
    answer: jsonAnswer({ PaySafeCardTransactionId: id, RedirectUrl: pageUrl }),
  };
}

function refused(text: string, status: GosettiErrorCode = 400): CreateReading<GosettiTypes> {
  return { kind: "refused", answer: errorAnswer(status, text) };
}
