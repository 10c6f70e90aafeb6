import { types } from "node:util";

/** Why the simulator refused a call. */
export type SimulatorFailureCode =
  | "unknown_payment"
  | "unknown_shop"
  | "unknown_exchange"
  | "already_finished"
  | "not_finished"
  | "bad_request"
  | "bad_chaos"
  | "bad_scenario"
  | "foreign_clock"
  | "busy"
  | "closed";

/** The error that the simulator's methods throw. The control API answers with the same code and message. */
export interface SimulatorFailure extends Error {
  readonly name: "SimulatorFailure";
  readonly code: SimulatorFailureCode;
}

export function failure(code: SimulatorFailureCode, message: string): SimulatorFailure {
  return Object.assign(new Error(message), { name: "SimulatorFailure" as const, code });
}

/** True for a {@link SimulatorFailure}, false for any other error. */
export function isSimulatorFailure(error: unknown): error is SimulatorFailure {
  return types.isNativeError(error) && error.name === "SimulatorFailure" && "code" in error;
}
