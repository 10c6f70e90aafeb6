// For `@pay/config` only: the checks of `createPay`, one by one, so that a loader reports every mistake in a configuration at once.
// This entry point changes together with that package and promises nothing to other packages.
export { checkRuntime, defaultRemedy, NAME as CONFIG_NAME, publicAddress } from "./check-config.ts";
export { consoleLogger, safeLogger } from "./runtime/system.ts";
export { secretRemedy } from "./security/keyring.ts";
export { isShowableName, isShowableVariable, suggestName, unknownNameRemedy } from "./security/names.ts";
