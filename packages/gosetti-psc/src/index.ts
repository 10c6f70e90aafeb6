export type { GoSettiPscCheckoutOptions, GoSettiPscOptions } from "./gosetti-psc.ts";
export { goSettiPsc } from "./gosetti-psc.ts";
