import type * as chaos from "./chaos/model.ts";
import type * as model from "./engine/model.ts";
import type { Registered } from "./gateways/index.ts";
import type * as scenario from "./scenario/model.ts";

export type { CallbackChaos, Count } from "./chaos/model.ts";
export type { BuyerAction, BuyerOutcome } from "./engine/buyer.ts";
export type { Schedule } from "./engine/clock.ts";
export { isSimulatorFailure, type SimulatorFailure, type SimulatorFailureCode } from "./engine/failure.ts";
export type {
  AnswerBody,
  CallbackRequest,
  CallbackResponse,
  SimulatedCallback,
  Verdict,
} from "./engine/model.ts";
export type {
  CallbackExchange,
  CreateExchange,
  CreateVerdict,
  HttpExchange,
  HttpMessage,
  HttpRequestMessage,
} from "./exchanges/model.ts";
export type { GosettiDetails } from "./gateways/gosetti-psc/model.ts";
export type { SelllyDetails } from "./gateways/sellly/model.ts";
export { DEMO_SELLLY_SHOP, type SelllyShop } from "./gateways/sellly/options.ts";
export type { ScenarioResult, StepResult } from "./scenario/model.ts";
export { type Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts";

/** The codes that the create fault `error` may choose. A gateway without the chosen code ignores the fault. */
export type FaultCode = Registered["errorCode"];
/** What goes wrong with valid create requests. `times` is the number of requests affected, by default every request. */
export type CreateFault = chaos.CreateFault<FaultCode>;
/** Everything that goes wrong. An empty object means that nothing does. */
export type Chaos = chaos.Chaos<FaultCode>;
/** A payment as it is now. `details` is what its gateway's create request says besides amount and currency. */
export type SimulatedPayment = model.SimulatedPayment<Registered>;
/** A test that repeats exactly: the same steps with the same seed produce the same exchanges. */
export type Scenario = scenario.Scenario<Registered>;
/** One step of a scenario. Steps refer to payments by names that the scenario chooses (`as`). */
export type ScenarioStep = scenario.ScenarioStep<Registered>;
