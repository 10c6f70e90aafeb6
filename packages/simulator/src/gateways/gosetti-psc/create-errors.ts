import { type GatewayAnswer, textAnswer } from "../../engine/content.ts";

/** The statuses of the errors. The document names none, so all are ours. */
export type GosettiErrorCode = 400 | 415 | 500;

export const ERROR_CODES: readonly GosettiErrorCode[] = [400, 415, 500];

export function errorAnswer(
  code: GosettiErrorCode,
  text = "The simulator is set to refuse this request",
): GatewayAnswer {
  return textAnswer(text, code);
}
