import { isIP } from "node:net";
import type { SelllyDetails } from "./ledger.ts";
import type { SelllyShops } from "./sellly-shops.ts";

/** The error table of the Sellly API document, section "Kody błędów". 610 is left out: it repeats 603's text, and only chaos brings it about. */
export const ERRORS = {
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
  699: "Błąd w komunikacji z pośrednikiem płatności.",
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** A create request that passed every check, or the code of the first check it did not pass. */
export type SelllyRequest =
  | { readonly kind: "create"; readonly price: string; readonly currency: string; readonly details: Asked }
  | { readonly kind: "refused"; readonly code: ErrorCode };

type Asked = Omit<SelllyDetails, "operatorId" | "paymentChannel">;

const REQUIRED = ["shop_id", "secret_key", "operator", "currency_code", "price", "language_code", "buyer_email", "ip"];

/**
 * Reads the form of `POST /pay` (Sellly API, section "Nowa płatność"), checking in the order of the error table.
 *
 * Ours where the document is silent: an empty field counts as missing, a field given twice is refused with 600, `price` is
 * digits, a dot and one or two digits, above zero; fields the document does not name are ignored, and so is the rule that
 * a currency "must be active".
 */
export function readSelllyRequest(form: string, shops: SelllyShops): SelllyRequest {
  const pairs = [...new URLSearchParams(form)];
  const fields = new Map(pairs);
  const text = (name: string): string => fields.get(name) ?? "";
  if (fields.size < pairs.length || REQUIRED.some((name) => text(name) === "")) return refused(600);

  const shop = shops.find(text("shop_id"));
  if (shop === undefined) return refused(601);
  if (text("secret_key") !== shop.secretKey) return refused(602);
  const operator = text("operator");
  if (operator !== "cashbill" && operator !== "stripe") return refused(603);
  if (!["PLN", "USD", "EUR"].includes(text("currency_code"))) return refused(604);
  if (!isPrice(text("price"))) return refused(605);
  const language = text("language_code");
  if (language !== "pl" && language !== "en") return refused(606);
  if (!/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text("buyer_email"))) return refused(607);
  if (isIP(text("ip")) === 0) return refused(608);
  if (!["", "PLN"].includes(text("currency_converter_code"))) return refused(609);
  if (shops.takeFailure(shop.shopId)) return refused(699);

  return {
    kind: "create",
    price: text("price"),
    currency: text("currency_code"),
    details: {
      kind: "sellly",
      shopId: shop.shopId,
      operator,
      language,
      email: text("buyer_email"),
      ip: text("ip"),
      converter: text("currency_converter_code") || null,
      paymentMethod: text("payment_method") || null,
    },
  };
}

function isPrice(text: string): boolean {
  return /^(0|[1-9]\d{0,11})\.\d{1,2}$/.test(text) && /[1-9]/.test(text);
}

function refused(code: ErrorCode): SelllyRequest {
  return { kind: "refused", code };
}
