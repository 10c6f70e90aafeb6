import type { SelllyErrorCode } from "./create-errors.ts";
import type { SelllyOptions } from "./options.ts";

/** What a Sellly create request says besides the amount. The secret key is not stored here. */
export interface SelllyDetails {
  readonly kind: "sellly";
  readonly shopId: string;
  readonly operator: "cashbill" | "stripe";
  /** The id "given by the operator"; ours is random. */
  readonly operatorId: string;
  readonly language: "pl" | "en";
  readonly email: string;
  readonly ip: string;
  /** `currency_converter_code`; null if absent. The simulator has no rates and does not convert the amount. */
  readonly converter: string | null;
  /** `payment_method` of the request; null if the buyer chooses. */
  readonly paymentMethod: string | null;
  /** The channel that the buyer used; null while the payment is open. */
  readonly paymentChannel: string | null;
}

/** What the started simulator offers of Sellly. */
export interface SelllyHandle {
  /** In place of `https://api.sellly.io`: `POST {selllyUrl}/pay`. */
  readonly selllyUrl: string;
  /**
   * Sets the one address agreed with Sellly for a shop, from the next delivery on. Throws a {@link SimulatorFailure}:
   * `unknown_shop`, or `bad_request` if the address is not http(s) on loopback.
   */
  setSelllyNotificationUrl(shopId: string, url: string): void;
}

export interface SelllyTypes {
  readonly name: "sellly";
  readonly details: SelllyDetails;
  readonly options: SelllyOptions;
  readonly errorCode: SelllyErrorCode;
  readonly handle: SelllyHandle;
}
