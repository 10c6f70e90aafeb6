import { type GatewayAnswer, jsonAnswer } from "../../engine/content.ts";

/** The error table of the Sellly API document, section "Kody błędów". Only chaos produces 610, which repeats 603's text. */
const ERRORS = {
  600: "Brak wymaganych danych do inicjacji płatności.",
  601: "Podany sklep nie istnieje.",
  602: "Wartość secret_key jest nieprawidłowa.",
  603: "Wartość operator jest nieprawidłowa.",
  604: "Wartość currency_code jest nieprawidłowa.",
  605: "Wartość price jest nieprawidłowa.",
  606: "Wartość language_code jest nieprawidłowa.",
  607: "Wartość buyer_email jest nieprawidłowa.",
  608: "Wartość ip jest nieprawidłowa.",
  609: "Wartość currency_converter_code jest nieprawidłowa.",
  610: "Wartość operator jest nieprawidłowa.",
  699: "Błąd w komunikacji z pośrednikiem płatności.",
} as const;

export type SelllyErrorCode = keyof typeof ERRORS;

export const ERROR_CODES: readonly SelllyErrorCode[] = Object.keys(ERRORS).map(Number) as SelllyErrorCode[];

/**
 * An error is HTTP 500 with the documented code. The document does not show where the code appears; ours is
 * `{ status, message }`, like the answer to a valid request.
 */
export function errorAnswer(code: SelllyErrorCode): GatewayAnswer {
  return jsonAnswer({ status: code, message: ERRORS[code] }, 500);
}
