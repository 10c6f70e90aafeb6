/** The operator that takes the money: `cashbill` (BLIK, transfers, PaySafeCard, PayPal) or `stripe` (cards, international methods). */
export type SelllyOperator = "cashbill" | "stripe";

export interface SelllyOptions {
  /** The shop's id, as Sellly gave it. */
  readonly shopId: string;
  /** The shop's key, as Sellly gave it. While you change it, a list: requests carry the first, notifications may carry any. */
  readonly secretKey: string | readonly [current: string, ...others: string[]];
  /** The operator of payments whose checkout chooses none. */
  readonly operator: SelllyOperator;
  /**
   * Sellly converts payments in another currency to this one. The conversion must be active at Sellly.
   *
   * @default no conversion
   */
  readonly currencyConverter?: "PLN";
  /**
   * Seconds until an open payment expires. The document states no time; a week leaves room for a slow bank transfer over a long
   * weekend. A success after it still counts.
   *
   * @default 604800
   */
  readonly expiresAfterSeconds?: number;
  /**
   * Address of Sellly's API, or of a simulator on this machine.
   *
   * @default "https://api.sellly.io"
   */
  readonly baseUrl?: string | undefined;
}

/** Options of one checkout. */
export interface SelllyCheckoutOptions {
  /** @default the provider's `operator` */
  readonly operator?: SelllyOperator;
  /**
   * Channel the buyer pays through. cashbill: e.g. `blik`, `paysafecard`, `paypal`. stripe: `card` for PLN; `card`, `ideal`,
   * `giropay`, `eps`, `bancontact` for EUR.
   *
   * @default the buyer chooses on the operator's page
   */
  readonly paymentMethod?: string;
  /** @default the provider's `currencyConverter`, unless the amount is in that currency already */
  readonly currencyConverter?: "PLN";
}
