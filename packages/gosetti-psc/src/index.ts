export type { GoSettiPscCheckoutOptions, GoSettiPscOptions } from "./gosetti-psc.ts";
export { adapter, goSettiPsc } from "./gosetti-psc.ts";
