import { type SimulatedGateway, textsIn } from "../gateway.ts";
import { callbackRequest, judgeAnswer } from "./callbacks.ts";
import { ERROR_CODES, errorAnswer } from "./create-errors.ts";
import { createFalseCallbacks } from "./false-callbacks.ts";
import type { GosettiTypes } from "./model.ts";
import { readCalls } from "./options.ts";
import { PAGE } from "./payment-page.ts";
import { readCreate } from "./read-create.ts";
import { knownSecrets, SECRET_FIELDS } from "./secrets.ts";
import { shopRequest } from "./shop-request.ts";
import { STYLE } from "./style.ts";
import { TEXTS } from "./texts.ts";

/** GOSetti.pl PaySafeCard, from "PaySafeCard Api GOSetti.pl V1" (in Polish). */
export const gosettiPsc: SimulatedGateway<GosettiTypes> = {
  name: "gosetti",
  texts: TEXTS,
  style: STYLE,
  createPath: "/Api/PaySafeCardTransactionCreate.php",
  idLength: 16,
  errorCodes: ERROR_CODES,
  returnUrlComesFrom: "callback",
  scenarioNeedsCallbackUrl: true,
  secretFields: SECRET_FIELDS,
  start(options, { random, redeliveryMs }) {
    const calls = readCalls(options);
    return {
      handle: (gosettiUrl) => ({ gosettiUrl }),
      readCreate,
      errorAnswer,
      callbackRequest: (payment) => callbackRequest(payment),
      judgeAnswer: (payment, sent, attempt) => judgeAnswer(payment, sent, attempt, { calls, redeliveryMs }),
      falseCallbacks: createFalseCallbacks(random),
      page: PAGE,
      secrets: knownSecrets,
      shopRequest,
      describeAnswer: (body, language) =>
        body.includes("RedirectUrl") ? textsIn(TEXTS, language).withRedirectUrl : null,
    };
  },
};
