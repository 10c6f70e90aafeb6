// Every gateway that the simulator imitates, one line each. `index.ts` checks them.
export { gosettiPsc } from "./gosetti-psc/index.ts";
export { sellly } from "./sellly/index.ts";
