import { isIP } from "node:net";
import { type GatewayAnswer, jsonAnswer } from "../../engine/content.ts";
import type { Random } from "../../engine/random.ts";
import type { CreateReading, CreateRequest } from "../gateway.ts";
import { errorAnswer, type SelllyErrorCode } from "./create-errors.ts";
import type { SelllyTypes } from "./model.ts";
import type { SelllyShops } from "./options.ts";

const REQUIRED = ["shop_id", "secret_key", "operator", "currency_code", "price", "language_code", "buyer_email", "ip"];

/**
 * Reads the form of `POST /pay` (Sellly API, section "Nowa płatność"), checking in the order of the error table.
 *
 * Where the document is silent: an empty field counts as missing; a repeated field and another content type than a form
 * are refused with 600; `price` is digits, a dot and one or two digits, above zero. Fields that the document does not name
 * are ignored, and so is the rule that a currency "must be active".
 */
export function readCreate(request: CreateRequest, shops: SelllyShops, random: Random): CreateReading<SelllyTypes> {
  const isForm = request.contentType === "application/x-www-form-urlencoded";
  const pairs = [...new URLSearchParams(isForm ? request.body : "")];
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
    kind: "accepted",
    payment: {
      amount: text("price"),
      currency: text("currency_code"),
      returnTo: shop.returnUrl ?? null,
      details: {
        kind: "sellly",
        shopId: shop.shopId,
        operator,
        language,
        email: text("buyer_email"),
        ip: text("ip"),
        converter: text("currency_converter_code") || null,
        paymentMethod: text("payment_method") || null,
        operatorId: random.id(12),
        paymentChannel: null,
      },
    },
    answer: acceptedAnswer(request),
  };
}

function acceptedAnswer({ id, pageUrl }: CreateRequest): GatewayAnswer {
  const message = "Płatność została wygenerowana, trwa przekierowywanie...";
  return jsonAnswer({ status: 200, id, redirect_url: pageUrl, message });
}

function isPrice(text: string): boolean {
  return /^(0|[1-9]\d{0,11})\.\d{1,2}$/.test(text) && /[1-9]/.test(text);
}

function refused(code: SelllyErrorCode): CreateReading<SelllyTypes> {
  return { kind: "refused", answer: errorAnswer(code) };
}
