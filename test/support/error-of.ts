import { isPayError, type PayError } from "@pay/core";

/** The `PayError` with which a promise rejects. Fails if it resolves, or rejects with anything else. */
export async function errorOf(work: Promise<unknown>): Promise<PayError> {
  try {
    await work;
  } catch (error) {
    if (isPayError(error)) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}
