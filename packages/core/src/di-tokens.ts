import type { InjectionToken } from "tsyringe";
import type { AnyPay } from "./contract/pay.ts";
import type { NamedProvider } from "./contract/providers.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";

// Symbol.for gives every copy of this module the same tokens, so that a second install of the package finds the registrations.
/** The assembled Pay. The app resolves it and does not register it. */
export const PAY: InjectionToken<AnyPay> = Symbol.for("@pay/core/PAY");
/** Register one per provider, as `{ providerName, provider }`. */
export const PAYMENT_PROVIDERS: InjectionToken<NamedProvider> = Symbol.for("@pay/core/PAYMENT_PROVIDERS");
/** The store of the payments. */
export const PAYMENT_STORE: InjectionToken<PaymentStore> = Symbol.for("@pay/core/PAYMENT_STORE");
/** Time. @default the system clock */
export const CLOCK: InjectionToken<Clock> = Symbol.for("@pay/core/CLOCK");
/** Where Pay reports. @default warnings and errors to the console */
export const LOGGER: InjectionToken<Logger> = Symbol.for("@pay/core/LOGGER");
