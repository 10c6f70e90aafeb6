import type { FailingDelivery } from "@pay/core";
import { chooseLanguage, isLanguage } from "@pay/i18n";
import type { Context, Env, Hono } from "hono";
import type { Tokens } from "./csrf.ts";
import type { Settings } from "./options.ts";
import { createView, type View } from "./view.ts";

export interface ConsoleEnv extends Env {
  readonly Bindings: { readonly operator: string };
  readonly Variables: {
    form: URLSearchParams;
    /** The deliveries that fail; absent if they could not be read. */
    failing?: readonly FailingDelivery[] | undefined;
  };
}

/** Failing deliveries that the console shows and counts at most. */
export const FAILING_SHOWN = 100;

export type App = Hono<ConsoleEnv>;

/** The settings, and the view of each request. */
export interface RouteParts extends Settings {
  readonly view: (c: Context<ConsoleEnv>) => View;
}

export function routeParts(settings: Settings, tokens: Tokens): RouteParts {
  const view = (c: Context<ConsoleEnv>) => {
    const requested = c.req.query("lang");
    const { operator } = c.env;
    return createView({
      language: chooseLanguage({ requested, acceptLanguage: c.req.header("accept-language") }),
      switched: isLanguage(requested),
      operator,
      token: tokens.make(operator),
      basePath: settings.basePath,
      timeZone: settings.timeZone,
      failing: c.get("failing")?.length,
    });
  };
  return { ...settings, view };
}
