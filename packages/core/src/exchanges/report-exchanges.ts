import type { Sent } from "../adapter-kit/http.ts";
import { carriesNoProof } from "../callbacks/carries-no-proof.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";
import type { Buyer, CallbackOutcome, CallbackReply, ParsedCallback } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import type { Logger } from "../contract/runtime.ts";
import { errorLabel } from "../model/errors.ts";
import { merchantReferenceOf, type PaymentId } from "../model/ids.ts";
import { harmlessly } from "../runtime/harmlessly.ts";
import type { InFlight } from "../runtime/in-flight.ts";
import { createMasking, type Masking, NOTHING_SHOWN } from "./mask.ts";
import { maskedExchange, type UnmaskedHttpExchange } from "./mask-exchange.ts";
import { isPrivateName } from "./private-names.ts";

/**
 * Bytes of callbacks without proof that are masked in a second. Anybody can send them, and the masking of 16 KiB takes tens of milliseconds
 * in which the process does nothing else.
 */
export const UNPROVED_BYTES_PER_SECOND: number = 32 * 1024;

export interface ExchangeReportOptions {
  readonly onHttpExchange: (exchange: HttpExchange) => unknown;
  readonly now: () => number;
  readonly logger: Logger;
  readonly inFlight: InFlight;
}

/** The provider and payment of a request, and the texts that are private in it. */
export interface CallSubject {
  readonly providerName: string;
  readonly provider: AnyProvider;
  readonly paymentId?: PaymentId | undefined;
  readonly buyer?: Buyer;
  readonly callbackUrl?: string;
}

export interface ReceivedCallback extends CallSubject {
  readonly method: string;
  readonly url: string;
}

/** What is learned about a callback while it is handled. */
export interface CallbackNotes {
  parsed?: ParsedCallback | undefined;
  outcome?: CallbackOutcome;
  /** Why a callback that carries no proof was refused: for the operator alone. */
  unverified?: "unknown_payment" | "not_verified";
}

/** The report of one callback. */
export interface CallbackWatch {
  readonly notes: CallbackNotes;
  /** Receives the requests that the adapter sends before the callback is authenticated: their payment is not known. */
  readonly reportSent: (sent: Sent) => void;
  /** Reports the callback with its reply, and with its body if one was read. */
  finish(reply: Pick<CallbackReply, "status" | "body">, sent?: Uint8Array): void;
}

/** Reports what is exchanged with gateways to the app, masked. It exists only if the app asks for it. */
export interface ExchangeReports {
  /** The function that receives the requests of one call. */
  sentBy(subject: CallSubject): (sent: Sent) => void;
  received(callback: ReceivedCallback): CallbackWatch;
}

export function createExchangeReports(options: ExchangeReportOptions): ExchangeReports {
  function maskingOf(
    { buyer = {}, callbackUrl, paymentId, provider }: CallSubject,
    more: readonly string[] = [],
  ): Masking {
    const own = new Set((provider.traits.privateFields ?? []).map((name) => name.toLowerCase()));
    // A language identifies no person, and its two letters occur everywhere.
    const { language: _, ...personal } = buyer;
    const token = callbackUrl === undefined ? [] : tokenOf(callbackUrl);
    const known = [...Object.values(personal).filter((value) => typeof value === "string"), ...token, ...more];
    // Our own names of the payment are no secret.
    const shown = paymentId === undefined ? [] : [paymentId, merchantReferenceOf(paymentId)];
    return createMasking((name) => isPrivateName(name, own), known, shown);
  }

  let second = 0;
  let left = UNPROVED_BYTES_PER_SECOND;
  /** Also after the clock was set back. */
  function mayMask(bytes: number): boolean {
    const now = Math.floor(options.now() / 1000);
    if (now !== second) [second, left] = [now, UNPROVED_BYTES_PER_SECOND];
    if (bytes > left) return false;
    left -= bytes;
    return true;
  }

  /** Reports after the answer or reply was returned. */
  function report(raw: UnmaskedHttpExchange, masking: () => Masking): void {
    options.inFlight.begin();
    setImmediate(() => {
      const exchange = maskedOrNot(raw, masking);
      if (exchange !== undefined) toApp(exchange);
      options.inFlight.end();
    });
  }

  function maskedOrNot(raw: UnmaskedHttpExchange, masking: () => Masking): HttpExchange | undefined {
    try {
      return maskedExchange(raw, masking());
    } catch (error) {
      const fields = { providerName: raw.providerName, error: errorLabel(error) };
      options.logger.error("An exchange with a gateway could not be masked, so it is not shown.", fields);
      return undefined;
    }
  }

  const toApp = (exchange: HttpExchange) => harmlessly(() => options.onHttpExchange(exchange));

  const reports: ExchangeReports = {
    sentBy(subject) {
      let masking: Masking | undefined;
      return ({ answer, at, error, request: { body, headers = {}, method, url } }) => {
        const { paymentId, providerName } = subject;
        const raw: UnmaskedHttpExchange = {
          startedAt: at,
          durationMs: options.now() - at,
          ...(paymentId !== undefined && { paymentId }),
          providerName,
          direction: "to_gateway",
          request: { method, url, ...(body !== undefined && { body }) },
          ...(answer !== undefined && { response: { status: answer.status, body: answer.text } }),
          ...(error !== undefined && { error }),
        };
        report(raw, () => {
          // One for all requests of a call: an access token is private in the next request as well.
          masking ??= maskingOf(subject);
          for (const [name, value] of Object.entries(headers)) {
            if (masking.isPrivate(name)) for (const text of textsIn(value)) masking.known.add(text);
          }
          return masking;
        });
      };
    },

    received(callback) {
      const { method, providerName, url } = callback;
      const at = options.now();
      const notes: CallbackNotes = {};
      return {
        notes,
        reportSent: reports.sentBy({ providerName, provider: callback.provider }),
        finish({ body, status }, sent) {
          const paymentId = paymentOf(notes, callback.paymentId);
          const raw: UnmaskedHttpExchange = {
            startedAt: at,
            durationMs: options.now() - at,
            ...(paymentId !== undefined && { paymentId }),
            providerName,
            direction: "from_gateway",
            request: { method, url, ...(sent !== undefined && { body: sent }) },
            response: { status, body },
          };
          const { parsed } = notes;
          const email = parsed !== undefined && "buyerEmail" in parsed ? [parsed.buyerEmail ?? ""] : [];
          const isShown = isProved(notes, callback.provider) || mayMask(url.length + (sent?.byteLength ?? 0));
          report(raw, () =>
            isShown ? maskingOf({ ...callback, paymentId }, [...email, ...tokenOf(url)]) : NOTHING_SHOWN,
          );
        },
      };
    },
  };
  return reports;
}

/** The payment that the callback changed, or that of a verified address. A callback that failed its proof has none, whatever it says. */
function paymentOf({ outcome, parsed }: CallbackNotes, addressed: PaymentId | undefined): PaymentId | undefined {
  if (outcome !== undefined && "payment" in outcome) return outcome.payment.id;
  const isUnproved = parsed?.kind === "refused" && parsed.reason === "unauthenticated";
  return isUnproved || outcome?.kind === "refused" ? undefined : addressed;
}

/** False for what anybody can send. */
function isProved({ outcome, parsed }: CallbackNotes, provider: AnyProvider): boolean {
  if (parsed === undefined || parsed.kind === "refused" || outcome?.kind === "refused") return false;
  return !carriesNoProof(provider);
}

/** The token in a callback address of a payment's own. */
function tokenOf(url: string): readonly string[] {
  const token = /\/[0-9a-f]{8}\.([\w-]{43})(?:[?#]|$)/.exec(url)?.[1];
  return token === undefined ? [] : [token];
}

/** The texts of a header: all of it, the part behind the name of its scheme, and the password in a Base64 pair. */
function textsIn(header: string): readonly string[] {
  const last = header.split(/\s+/).at(-1) ?? "";
  const [, ...password] = Buffer.from(last, "base64").toString().split(":");
  return [header, last, password.join(":")];
}
