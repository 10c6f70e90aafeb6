export { gatewayAddress, isGatewayAddress, isIpAddress, redirectAddress } from "./adapter-kit/addresses.ts";
export type { DigestAlgorithm, DigestText } from "./adapter-kit/digest.ts";
export { digest, hmac } from "./adapter-kit/digest.ts";
export { isGivenText } from "./adapter-kit/given-text.ts";
export type { Answer, SendOutcome, SendRequest } from "./adapter-kit/http.ts";
export { ANSWER_LIMIT_BYTES, createCall, loadHttp, send } from "./adapter-kit/http.ts";
export type { JoinFields } from "./adapter-kit/join-fields.ts";
export { joinFields, valuesByName } from "./adapter-kit/join-fields.ts";
export type { JwsAlgorithm, VerifiedJws, VerifyJws } from "./adapter-kit/jws.ts";
export { verifyJws } from "./adapter-kit/jws.ts";
export type { JwsKey } from "./adapter-kit/jws-keys.ts";
export { jwsKeySet, jwsPublicKey, jwsSecret } from "./adapter-kit/jws-keys.ts";
export { optionsSchema, parseInput } from "./adapter-kit/parse-input.ts";
export { storable } from "./adapter-kit/storable.ts";
export { parseStrictJson } from "./adapter-kit/strict-json.ts";
export { parseStrictParams } from "./adapter-kit/strict-params.ts";
export type { HttpExchange } from "./contract/http-exchange.ts";
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
  ValidateRequest,
} from "./contract/provider.ts";
export { type WatchedHttpExchanges, watchHttpExchanges } from "./exchanges/watch.ts";
export type { PayErrorCode, PayErrorDetails } from "./model/errors.ts";
export { isPayError, PayError } from "./model/errors.ts";
export type { PaymentId, ProviderReference, RefundId } from "./model/ids.ts";
export { parseProviderReference } from "./model/ids.ts";
export type { Money } from "./model/money.ts";
export { formatMoney, money, parseMoney } from "./model/money.ts";
export type { NextAction, Payment } from "./model/payment.ts";
export type { StatusReport } from "./model/status-report.ts";
export { equalsAny, secretsEqual } from "./security/compare.ts";
