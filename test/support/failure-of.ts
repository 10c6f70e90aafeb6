import { isPayError } from "@pay/core";

/** Code and field of the `PayError` that a call throws; otherwise the thrown value, or "no error". */
export const failureOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return isPayError(error) ? { code: error.code, field: error.field } : error;
  }
  return "no error";
};
