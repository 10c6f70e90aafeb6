import type { InjectionToken } from "tsyringe";
import type { NamedProvider } from "./contract/checkout.ts";
import type { AnyPay } from "./contract/pay.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";

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
