import type { Sent } from "../adapter-kit/http.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";
import type { Buyer, CallbackOutcome, CallbackReply, ParsedCallback } from "../contract/provider.ts";
import type { Logger } from "../contract/runtime.ts";
import { className } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Work } from "../runtime/in-flight.ts";
import type { Masking } from "./mask.ts";
import type { RawHttpExchange } from "./mask-exchange.ts";

export interface ExchangesDeps {
  readonly onHttpExchange: (exchange: HttpExchange) => unknown;
  readonly now: () => number;
  readonly logger: Logger;
  readonly working: Work;
}

/** Whose request it is, and what is private in it wherever it stands. */
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
  readonly body: Uint8Array | undefined;
}

/** What became of a callback on its way. */
export interface CallbackNotes {
  parsed?: ParsedCallback | undefined;
  outcome?: CallbackOutcome;
}

/** A callback on its way. */
export interface CallbackWatch {
  readonly notes: CallbackNotes;
  /** Told of what the adapter asks before anything is proved: nobody knows whose that is. */
  readonly heard: (sent: Sent) => void;
  /** Tells of the callback, now that its reply is known. */
  tell(reply: Pick<CallbackReply, "status" | "body">): void;
}

/** Tells the app what was exchanged with gateways. Where nobody wants to know there is none of it. */
export interface Exchanges {
  /** What a call is given that tells of the requests it sends. */
  sentBy(subject: CallSubject): (sent: Sent) => void;
  received(callback: ReceivedCallback): CallbackWatch;
}

/** @returns what tells, once what masks is loaded: who is told of nothing loads nothing */
export async function createExchanges(deps: ExchangesDeps): Promise<Exchanges> {
  const [{ createMasking }, { isPrivateName }, { maskedExchange }] = await Promise.all([
    import("./mask.ts"),
    import("./private-names.ts"),
    import("./mask-exchange.ts"),
  ]);

  function maskingOf({ buyer = {}, callbackUrl, provider }: CallSubject, more: readonly string[] = []): Masking {
    const own = new Set((provider.traits.privateFields ?? []).map((name) => name.toLowerCase()));
    // A language is nobody's own, and two letters occur everywhere.
    const { language: _, ...personal } = buyer;
    const token = callbackUrl === undefined ? [] : tokenOf(callbackUrl);
    const known = [...Object.values(personal).filter((value) => typeof value === "string"), ...token, ...more];
    return createMasking((name) => isPrivateName(name, own), known);
  }

  /** After whatever waits for an answer or a reply has it. */
  function tell(raw: RawHttpExchange, masking: () => Masking): void {
    deps.working.begin();
    setImmediate(() => {
      const exchange = maskedOrNot(raw, masking);
      if (exchange !== undefined) toApp(exchange);
      deps.working.end();
    });
  }

  function maskedOrNot(raw: RawHttpExchange, masking: () => Masking): HttpExchange | undefined {
    try {
      return maskedExchange(raw, masking());
    } catch (error) {
      const fields = { providerName: raw.providerName, error: className(error) };
      deps.logger.error("An exchange with a gateway could not be masked, so nobody is shown it.", fields);
      return undefined;
    }
  }

  /** What it makes of it is its own affair, and harms nothing here. */
  function toApp(exchange: HttpExchange): void {
    try {
      const told = deps.onHttpExchange(exchange);
      if (told instanceof Promise) told.catch(() => {});
    } catch {
      // As with a logger.
    }
  }

  const exchanges: Exchanges = {
    sentBy(subject) {
      let masking: Masking | undefined;
      return ({ answer, at, error, request: { body, headers = {}, method, url } }) => {
        const { paymentId, providerName } = subject;
        const raw: RawHttpExchange = {
          startedAt: at,
          durationMs: deps.now() - at,
          ...(paymentId !== undefined && { paymentId }),
          providerName,
          direction: "to_gateway",
          request: { method, url, ...(body !== undefined && { body }) },
          ...(answer !== undefined && { response: { status: answer.status, body: answer.text } }),
          ...(error !== undefined && { error }),
        };
        tell(raw, () => {
          // One for all requests of a call: an access token is private in the next one as well.
          masking ??= maskingOf(subject);
          for (const [name, value] of Object.entries(headers)) {
            if (masking.isPrivate(name)) for (const text of textsIn(value)) masking.known.add(text);
          }
          return masking;
        });
      };
    },

    received(callback) {
      const { body: sent, method, providerName, url } = callback;
      const at = deps.now();
      const notes: CallbackNotes = {};
      return {
        notes,
        heard: exchanges.sentBy({ providerName, provider: callback.provider }),
        tell({ body, status }) {
          const paymentId = paymentOf(notes, callback.paymentId);
          const raw: RawHttpExchange = {
            startedAt: at,
            durationMs: deps.now() - at,
            ...(paymentId !== undefined && { paymentId }),
            providerName,
            direction: "from_gateway",
            request: { method, url, ...(sent !== undefined && { body: sent }) },
            response: { status, body },
          };
          const { parsed } = notes;
          const email = parsed !== undefined && "buyerEmail" in parsed ? [parsed.buyerEmail ?? ""] : [];
          tell(raw, () => maskingOf(callback, [...email, ...tokenOf(url)]));
        },
      };
    },
  };
  return exchanges;
}

/** The payment that was settled, or that of a verified address; of what proved nothing none, whatever it says. */
function paymentOf({ outcome, parsed }: CallbackNotes, addressed: PaymentId | undefined): PaymentId | undefined {
  if (outcome !== undefined && "payment" in outcome) return outcome.payment.id;
  const isUnproved = parsed?.kind === "refused" && parsed.reason === "unauthenticated";
  return isUnproved || outcome?.kind === "refused" ? undefined : addressed;
}

/** The token in a callback address of a payment's own. */
function tokenOf(url: string): readonly string[] {
  const token = /\/[0-9a-f]{8}\.([\w-]{43})(?:[?#]|$)/.exec(url)?.[1];
  return token === undefined ? [] : [token];
}

/** What a header says, and what stands behind the name of its scheme: a key, or name and password in Base64. */
function textsIn(header: string): readonly string[] {
  const last = header.split(/\s+/).at(-1) ?? "";
  const [, ...password] = Buffer.from(last, "base64").toString().split(":");
  return [header, last, password.join(":")];
}
