import type { GosettiErrorCode } from "./create-errors.ts";
import type { GosettiOptions } from "./options.ts";

/** What a GOSetti.pl create request says besides the amount. */
export interface GosettiDetails {
  readonly kind: "gosetti";
  /** `UserId` */
  readonly userId: number;
  /** `ClientIp`. PaySafeCard compares it with the buyer's. On one machine that would prove nothing, so it is only shown. */
  readonly clientIp: string;
  /** `CallbackUrl`, exactly as the shop sent it. */
  readonly callbackUrl: string;
}

/** What the started simulator offers of GOSetti.pl. */
export interface GosettiHandle {
  /** In place of `https://gosetti.pl`: `POST {gosettiUrl}/Api/PaySafeCardTransactionCreate.php`. */
  readonly gosettiUrl: string;
}

export interface GosettiTypes {
  readonly name: "gosetti";
  readonly details: GosettiDetails;
  readonly options: GosettiOptions;
  readonly errorCode: GosettiErrorCode;
  readonly handle: GosettiHandle;
}
