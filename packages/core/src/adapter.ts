export { gatewayAddress, isGatewayAddress, isIpAddress, redirectAddress } from "./adapter/addresses.ts";
export type { DigestAlgorithm, DigestText } from "./adapter/digest.ts";
export { digest, hmac } from "./adapter/digest.ts";
export type { Answer, SendOutcome, SendRequest } from "./adapter/http.ts";
export { ANSWER_LIMIT, createCall, loadHttp, send } from "./adapter/http.ts";
export type { JoinFields } from "./adapter/join-fields.ts";
export { joinFields, valuesByName } from "./adapter/join-fields.ts";
export type { JwsAlgorithm, VerifiedJws, VerifyJws } from "./adapter/jws.ts";
export { verifyJws } from "./adapter/jws.ts";
export type { JwsKey } from "./adapter/jws-keys.ts";
export { jwsKeySet, jwsPublicKey, jwsSecret } from "./adapter/jws-keys.ts";
export { optionsSchema, parseInput } from "./adapter/parse-input.ts";
export { storable } from "./adapter/storable.ts";
export { parseStrictJson } from "./adapter/strict-json.ts";
export { parseStrictParams } from "./adapter/strict-params.ts";
export type { HttpExchange } from "./contract/exchange.ts";
export type { AdapterPackage, OptionsSchema, SchemaResult } from "./contract/packages.ts";
export type {
  Buyer,
  BuyerField,
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  CancelOutcome,
  Capability,
  CheckRequest,
  Correlation,
  CreateOutcome,
  CreateRequest,
  FormAction,
  ParsedCallback,
  PaymentName,
  PaymentProvider,
  ProviderRefundRequest,
  ProviderTraits,
  RefundOutcome,
  Rejection,
  RejectionCode,
  Retrieved,
  StrictParams,
} from "./contract/provider.ts";
export { type WatchedHttpExchanges, watchHttpExchanges } from "./exchange/watch.ts";
export type { PayErrorCode, PayErrorDetails } from "./model/errors.ts";
export { isPayError, PayError } from "./model/errors.ts";
export type { PaymentId, ProviderReference, RefundId } from "./model/ids.ts";
export { parseProviderReference } from "./model/ids.ts";
export type { Money } from "./model/money.ts";
export { formatMoney, money } from "./model/money.ts";
export type { StatusReport } from "./model/observation.ts";
export type { NextAction, Payment } from "./model/payment.ts";
export { equalsAny, secretsEqual } from "./security/compare.ts";
