import type { InjectionToken } from "tsyringe";
import type { AnyProvider } from "./contract/checkout.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";
import type { AnyPay } from "./pay.ts";

/** A provider under its instance name. Register one per provider. */
export interface NamedProvider {
  readonly instance: string;
  readonly provider: AnyProvider;
}

// Symbol.for: the same tokens for every copy of this module, so that a second install does not hide a registration.
/** The assembled Pay. Resolved, not registered, by the app. */
export const PAY: InjectionToken<AnyPay> = Symbol.for("@pay/core/PAY");
/** One registration per provider, as `{ instance, provider }`. */
export const PAYMENT_PROVIDERS: InjectionToken<NamedProvider> = Symbol.for("@pay/core/PAYMENT_PROVIDERS");
/** Where payments are kept. */
export const PAYMENT_STORE: InjectionToken<PaymentStore> = Symbol.for("@pay/core/PAYMENT_STORE");
/** Time. @default the system's clock */
export const CLOCK: InjectionToken<Clock> = Symbol.for("@pay/core/CLOCK");
/** Where Pay reports. @default warnings and errors to the console */
export const LOGGER: InjectionToken<Logger> = Symbol.for("@pay/core/LOGGER");
