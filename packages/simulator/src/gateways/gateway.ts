import type { Language } from "@pay/i18n";
import type { Hono } from "hono";
import type { FalseCallbackKind } from "../chaos/model.ts";
import type { GatewayAnswer } from "../engine/content.ts";
import type { CallbackRequest, GatewayTypes, SimulatedPayment, Verdict } from "../engine/model.ts";
import type { Random } from "../engine/random.ts";
import type { Sent } from "../engine/send.ts";
import type { HttpExchange } from "../exchanges/model.ts";
import type { StandIn } from "../exchanges/stand-ins.ts";
import type { BodyEnv } from "../http/body.ts";
import type { Markup } from "../pages/markup.ts";

/**
 * One gateway that the simulator imitates: what is fixed about it, and `start`, which creates its behaviour for one running
 * simulator. The engine, chaos, log, pages, scenarios and control API work with any gateway through this interface and
 * know none by name.
 *
 * A gateway is one folder beside this file, with the same file names as its neighbours, and one line in `list.ts`. It is
 * written from the gateway's own documents and shares no code with the adapter, so that a misreading on either side shows
 * up as a disagreement.
 *
 * Sketch of `gateways/example/index.ts`:
 *
 * ```ts
 * export const example: SimulatedGateway<ExampleTypes> = {
 *   name: "example",
 *   texts: TEXTS,
 *   style: ".example { --accent: #006b4f; }",
 *   createPath: "/v1/payments",
 *   idLength: 12,
 *   errorCodes: [401, 422],
 *   returnUrlComesFrom: "create",
 *   scenarioNeedsCallbackUrl: true,
 *   secretFields: { signature: "secretKey" },
 *   start(options, tools) {
 *     return {
 *       handle: (url) => ({ exampleUrl: url }),
 *       readCreate,
 *       errorAnswer: (code) => jsonAnswer({ error: code }, code),
 *       callbackRequest: (payment) => signedCallback(payment, options.key),
 *       judgeAnswer: (_payment, sent) => judge(sent, tools.redeliveryMs),
 *       falseCallbacks: { wrong_secret: (payment) => signedCallback(payment, tools.random.unlike(options.key)) },
 *       page: PAGE,
 *       secrets: () => ({ values: [[options.key, "secretKey"]], addresses: [] }),
 *       shopRequest,
 *     };
 *   },
 * };
 * ```
 */
export interface SimulatedGateway<T extends GatewayTypes = GatewayTypes> {
  /**
   * Part of every address of the gateway (`/example/…`), key of its options, `gateway` of its payments and class of its
   * pages. Lower-case letters and digits.
   */
  readonly name: T["name"];
  readonly texts: TextsByLanguage<GatewayTexts>;
  /** Rules that are added to the stylesheet. The page's body has the class `name`. */
  readonly style: string;
  /** The path, below the gateway's address, to which a shop posts a create request. */
  readonly createPath: `/${string}`;
  /** Characters of a payment's id, which are digits and capital letters. */
  readonly idLength: number;
  /** The codes that the chaos `error` may choose for a create request. */
  readonly errorCodes: readonly T["errorCode"][];
  /**
   * Where the gateway learns the buyer's way back. `callback`: from the shop's answer, so the payment page waits for it.
   * `create`: from `returnTo` of {@link CreateReading}; without it the buyer stays on a final page.
   */
  readonly returnUrlComesFrom: "callback" | "create";
  /** True if a create request must name the address for callbacks, so that a scenario's `create` step must as well. */
  readonly scenarioNeedsCallbackUrl: boolean;
  /** Fields of requests, callbacks and JSON bodies whose values are secret or personal, and what replaces each. */
  readonly secretFields: Readonly<Record<string, StandIn>>;
  /** Creates the behaviour for one simulator. Throws a TypeError that names the option if a value is invalid. */
  start(options: Partial<T["options"]>, tools: GatewayTools): RunningGateway<T>;
}

/** What the engine lends to a running gateway. */
export interface GatewayTools {
  readonly random: Random;
  /** Milliseconds between two deliveries of one payment's callback. */
  readonly redeliveryMs: number;
}

/** The texts of a gateway that the common pages show, in one language. */
export interface GatewayTexts {
  /** Its name in lists. */
  readonly label: string;
  /** Its name on its own payment page. */
  readonly title: string;
  /** What each kind of false callback means for this gateway. Only for the kinds that it performs. */
  readonly chaos: Readonly<Partial<Record<FalseCallbackKind, string>>>;
}

/** English, and the other languages that the gateway itself speaks. A new language of the pages needs none of its own here. */
export type TextsByLanguage<T> = { readonly en: T } & Readonly<Partial<Record<Language, T>>>;

/** A gateway's texts in a language. English replaces a language that the gateway does not speak. */
export function textsIn<T>(texts: TextsByLanguage<T>, language: Language): T {
  return texts[language] ?? texts.en;
}

/** The behaviour of a gateway in one running simulator. */
export interface RunningGateway<T extends GatewayTypes = GatewayTypes> {
  /** What the started simulator offers of this gateway: at least its address. */
  handle(url: string): T["handle"];
  /** Authenticates and reads a create request. */
  readCreate(request: CreateRequest): CreateReading<T>;
  /** The answer with one of the {@link SimulatedGateway.errorCodes}. */
  errorAnswer(code: T["errorCode"]): GatewayAnswer;
  /** The callback of a finished payment. Null while no address is known. */
  callbackRequest(payment: SimulatedPayment<T>): CallbackRequest | null;
  /**
   * Judges the shop's answer and says when the next callback follows. `attempt` counts the payment's genuine callbacks
   * from 1.
   */
  judgeAnswer(payment: SimulatedPayment<T>, sent: Sent, attempt: number): Verdict;
  /** How the gateway's callbacks are falsified. A kind that is left out cannot be performed. */
  readonly falseCallbacks: FalseCallbacks<T>;
  readonly page: PaymentPage<T>;
  /** The secrets and personal data that are known, for hiding them wherever they appear in `exchange`. */
  secrets(payments: readonly SimulatedPayment<T>[], exchange: HttpExchange): KnownSecrets;
  /** A create request as a shop would send it, for scenarios. `url` is the gateway's address. */
  shopRequest(order: ScenarioOrder, url: string): CallbackRequest;
  /** A few words for an answer's body in the log. Null, or no method, if the body itself is shown. */
  describeAnswer?(body: string, language: Language): string | null;
  /** What the gateway adds to the control API, below `/api/<name>`. */
  controlRoutes?(): Hono<BodyEnv>;
}

/** A create request as it arrived. */
export interface CreateRequest {
  readonly headers: Headers;
  /** In lower case, without parameters. */
  readonly contentType: string;
  readonly body: string;
  /** The payment's id and page if the gateway accepts the request. */
  readonly id: string;
  readonly pageUrl: string;
}

/** The gateway's decision about a create request. */
export type CreateReading<T extends GatewayTypes = GatewayTypes> =
  | { readonly kind: "refused"; readonly answer: GatewayAnswer }
  | {
      readonly kind: "accepted";
      readonly payment: Pick<SimulatedPayment<T>, "amount" | "currency" | "returnTo" | "details">;
      readonly answer: GatewayAnswer;
    };

/** A false callback, or the reason why it cannot be made. Null while no address is known. */
export type FalseCallback = CallbackRequest | { readonly kind: "impossible"; readonly reason: string } | null;

/** One method per kind of chaos that each gateway performs in its own way. `other` is another payment of the gateway. */
export interface FalseCallbacks<T extends GatewayTypes = GatewayTypes> {
  wrong_secret?(payment: SimulatedPayment<T>): FalseCallback;
  foreign_token?(payment: SimulatedPayment<T>, other: SimulatedPayment<T> | undefined): FalseCallback;
}

/** What differs between the gateways' payment pages. */
export interface PaymentPage<T extends GatewayTypes = GatewayTypes> {
  /** Class of the page's content, for the stylesheet. */
  look(payment: SimulatedPayment<T>): string;
  /** The language that the shop requested. Null if it requested none. */
  language(payment: SimulatedPayment<T>): Language | null;
  /** Rows below amount and number. */
  summary(payment: SimulatedPayment<T>, language: Language): readonly (readonly [label: string, value: string])[];
  /** The fields that the buyer fills in. Only fields with a name are sent. */
  means(payment: SimulatedPayment<T>, language: Language): Markup;
  /** The details after the buyer pressed a button. `form` is empty without a page. Throws `bad_request`. */
  readForm(payment: SimulatedPayment<T>, form: URLSearchParams): T["details"];
}

/** What must not appear in fixtures and masked pages. */
export interface KnownSecrets {
  readonly values: readonly (readonly [value: string, standIn: StandIn])[];
  /** Addresses of the shop. Their parameters, and parts of their paths that look like tokens, are secret. */
  readonly addresses: readonly string[];
}

/** What a scenario's `create` step says. */
export interface ScenarioOrder {
  /** In major units with two decimals, in PLN. */
  readonly amount: string;
  readonly callbackUrl?: string;
}
