import type { SimulatedPayment } from "../ledger.ts";
import type { Language } from "../texts.ts";
import { untilNext } from "../verdict.ts";
import type { CallbackExchange, CreateExchange, Exchange, HttpMessage } from "./model.ts";

/** Characters of an answer that are shown; the rest is told by an ellipsis. */
const SHOWN = 40;

const WORDS = {
  en: {
    answered: (what: string) => `answered ${what}`,
    redirect: "with a RedirectUrl",
    status: (status: string) => `with status ${status}`,
    empty: "with nothing",
    noAnswer: "no answer",
    accepted: "accepted",
    retry: "will retry",
    again: "will call again",
    never: "nothing follows",
    inSeconds: (seconds: string) => `in ${seconds} s`,
    notSent: "not sent by chaos",
    aborted: "the simulator was closed",
    created: "payment created",
    refused: "refused",
    fault: (kind: string) => `chaos: ${kind}`,
  },
  pl: {
    answered: (what: string) => `odpowiedź: ${what}`,
    redirect: "z RedirectUrl",
    status: (status: string) => `status ${status}`,
    empty: "pusta",
    noAnswer: "brak odpowiedzi",
    accepted: "przyjęta",
    retry: "ponowienie",
    again: "kolejne wywołanie",
    never: "nic więcej nie nastąpi",
    inSeconds: (seconds: string) => `za ${seconds} s`,
    notSent: "nie wysłano (chaos)",
    aborted: "symulator został zamknięty",
    created: "płatność utworzona",
    refused: "odmowa",
    fault: (kind: string) => `chaos: ${kind}`,
  },
} as const;

/** An exchange's verdict as a sentence: `answered OK: accepted`, `answered Ok: will retry in 30 s`. */
export function inWords(exchange: Exchange, language: Language): string {
  return exchange.kind === "create" ? createWords(exchange, language) : callbackWords(exchange, language);
}

function createWords({ response, verdict }: CreateExchange, language: Language): string {
  const w = WORDS[language];
  const answer = response === null ? w.noAnswer : w.answered(w.status(statusOf(response)));
  return verdict.kind === "fault" ? `${answer}: ${w.fault(verdict.fault)}` : `${answer}: ${w[verdict.kind]}`;
}

function callbackWords({ error, gateway, response, verdict }: CallbackExchange, language: Language): string {
  const w = WORDS[language];
  const next = untilNext(verdict);
  const soon = next === null ? w.never : w.inSeconds(String(next / 1000));
  switch (verdict.kind) {
    case "aborted":
      return w.aborted;
    case "not_sent":
      return `${w.notSent}: ${next === null ? soon : `${w.again} ${soon}`} (${verdict.why})`;
    case "accepted": {
      const accepted = `${w.answered(answerOf(response, gateway, language))}: ${w.accepted}`;
      return next === null ? accepted : `${accepted}, ${w.again} ${soon}`;
    }
    case "will_retry":
    case "no_redirect": {
      const answer =
        response === null
          ? `${w.noAnswer} (${error ?? verdict.why})`
          : w.answered(answerOf(response, gateway, language));
      const why = gateway === "gosetti" && response !== null ? ` (${verdict.why})` : "";
      return `${answer}: ${next === null ? soon : `${w.retry} ${soon}`}${why}`;
    }
    default:
      return verdict satisfies never;
  }
}

function answerOf(response: HttpMessage | null, gateway: SimulatedPayment["gateway"], language: Language): string {
  const w = WORDS[language];
  if (response === null) return w.noAnswer;
  const status = statusOf(response);
  if (status !== "200") return w.status(status);
  const text = response.body.kind === "text" ? response.body.text : response.body.base64;
  if (text === "") return w.empty;
  if (gateway === "gosetti") return text.includes("RedirectUrl") ? w.redirect : clipped(text);
  return clipped(text);
}

/** Only what shows on a line: `OK` with a line feed must not look like `OK`. */
function clipped(text: string): string {
  const line = [...text].slice(0, SHOWN).join("");
  const shown = /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(line) && line === line.trim() ? line : JSON.stringify(line);
  return line.length < text.length ? `${shown}…` : shown;
}

function statusOf({ start }: HttpMessage): string {
  return start.split(" ")[1] ?? "";
}
