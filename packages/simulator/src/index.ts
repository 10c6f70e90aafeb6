export type { BuyerAction, BuyerOutcome } from "./buyer.ts";
export type { CallbackChaos, Chaos, Count, CreateFault, FaultCode } from "./chaos/model.ts";
export type {
  CallbackExchange,
  CreateExchange,
  CreateVerdict,
  Exchange,
  HttpMessage,
  HttpRequestMessage,
} from "./exchange/model.ts";
export { isSimulatorFailure, type SimulatorFailure, type SimulatorFailureCode } from "./failure.ts";
export type {
  AnswerBody,
  CallbackRequest,
  CallbackResponse,
  GosettiDetails,
  SelllyDetails,
  SimulatedCallback,
  SimulatedPayment,
  Verdict,
} from "./ledger.ts";
export { DEMO_SELLLY_SHOP, type Schedule, type SelllyShop, type SimulatorOptions } from "./options.ts";
export type { Scenario, ScenarioResult, ScenarioStep, StepResult } from "./scenario/model.ts";
export { type Simulator, startSimulator } from "./simulator.ts";
