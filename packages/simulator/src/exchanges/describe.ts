import type { Language } from "@pay/i18n";
import type { GatewaySet, StartedGateway } from "../engine/gateway-set.ts";
import { nextInMs } from "../engine/verdict.ts";
import { TEXTS } from "../texts/index.ts";
import type { CallbackExchange, CreateExchange, HttpExchange, HttpMessage } from "./model.ts";

/** Characters of an answer that are shown. An ellipsis replaces the rest. */
const SHOWN = 40;

/** An exchange's verdict as a sentence: `answered OK: accepted`, `answered Ok: will retry in 30 s`. */
export function describeVerdict(exchange: HttpExchange, language: Language, gateways: GatewaySet): string {
  if (exchange.kind === "create") return describeCreate(exchange, language);
  return describeCallback(exchange, language, gateways.of(exchange));
}

function describeCreate({ response, verdict }: CreateExchange, language: Language): string {
  const t = TEXTS[language].verdict;
  const answer = response === null ? t.noAnswer : t.answered(t.status(statusOf(response)));
  return verdict.kind === "fault" ? `${answer}: ${t.fault(verdict.fault)}` : `${answer}: ${t[verdict.kind]}`;
}

function describeCallback(exchange: CallbackExchange, language: Language, gateway: StartedGateway): string {
  const t = TEXTS[language].verdict;
  const { error, response, verdict } = exchange;
  const nextMs = nextInMs(verdict);
  const next = nextMs === null ? t.never : t.inSeconds(nextMs / 1000);
  const answer = response === null ? t.noAnswer : t.answered(describeAnswer(response, language, gateway));
  switch (verdict.kind) {
    case "aborted":
      return t.aborted;
    case "not_sent":
      return `${t.notSent}: ${nextMs === null ? next : `${t.again} ${next}`} (${verdict.reason})`;
    case "accepted":
      return nextMs === null ? `${answer}: ${t.accepted}` : `${answer}: ${t.accepted}, ${t.again} ${next}`;
    case "will_retry":
    case "no_redirect": {
      const failed = response === null ? `${answer} (${error ?? verdict.reason})` : answer;
      const reason = verdict.kind === "no_redirect" && response !== null ? ` (${verdict.reason})` : "";
      return `${failed}: ${nextMs === null ? next : `${t.retry} ${next}`}${reason}`;
    }
    default:
      return verdict satisfies never;
  }
}

function describeAnswer(response: HttpMessage, language: Language, gateway: StartedGateway): string {
  const t = TEXTS[language].verdict;
  const status = statusOf(response);
  if (status !== "200") return t.status(status);
  const text = response.body.kind === "text" ? response.body.text : response.body.base64;
  if (text === "") return t.empty;
  return gateway.describeAnswer?.(text, language) ?? clipped(text);
}

/** Shows invisible characters, because `OK` with a line feed must not look like `OK`. */
function clipped(text: string): string {
  const line = [...text].slice(0, SHOWN).join("");
  const shown = /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(line) && line === line.trim() ? line : JSON.stringify(line);
  return line.length < text.length ? `${shown}…` : shown;
}

function statusOf({ start }: HttpMessage): string {
  return start.split(" ")[1] ?? "";
}
