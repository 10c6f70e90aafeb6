import type { Language } from "@pay/i18n";
import { html } from "hono/html";
import type { Chaos, FalseCallbackKind } from "../chaos/model.ts";
import type { ChaosRules, ChaosTarget } from "../chaos/rules.ts";
import type { Field, Kinds } from "../engine/fields.ts";
import type { StartedGateway } from "../engine/gateway-set.ts";
import { textsIn } from "../gateways/gateway.ts";
import { TEXTS } from "../texts/index.ts";
import type { Markup } from "./markup.ts";

export interface ChaosForm {
  /** The chaos that applies now. */
  readonly chaos: Chaos;
  readonly target: ChaosTarget;
  readonly rules: ChaosRules;
  /** The gateways that the chaos can apply to, whose notes on their false callbacks are shown. */
  readonly gateways: readonly StartedGateway[];
  readonly language: Language;
}

/** A form with every kind of chaos. It posts to its own address. */
export function chaosForm(form: ChaosForm): Markup {
  const { chaos, language, rules, target } = form;
  const t = TEXTS[language].chaos;
  const kinds = Object.entries(rules.callbackKinds).filter(([kind]) => target === "future" || kind !== "early");
  const lines = kinds.map(([kind, fields]) => {
    const now = chaos.callbacks?.find((one) => one.kind === kind);
    const label = labelOf(kind, form);
    return line({ kind, label, fields, now, group: "callbacks", type: "checkbox", language });
  });
  return html`<form method="post" action="?lang=${language}">
        <fieldset><legend>${t.callbacks}</legend>${lines}</fieldset>
        ${target === "future" ? createFields(form) : ""}
        <button>${t.save}</button>
      </form>`;
}

/** With what a kind of false callback means for each gateway. */
function labelOf(kind: string, { gateways, language }: ChaosForm): string {
  const label = TEXTS[language].chaos.kinds[kind as keyof (typeof TEXTS)[Language]["chaos"]["kinds"]];
  const notes = gateways.flatMap(({ texts }) => {
    const { chaos, label } = textsIn(texts, language);
    const note = chaos[kind as FalseCallbackKind];
    return note === undefined ? [] : [`${label}: ${note}`];
  });
  return notes.length === 0 ? label : `${label} (${notes.join("; ")})`;
}

function createFields(form: ChaosForm): Markup {
  const { chaos, language, rules } = form;
  const t = TEXTS[language].chaos;
  const lines = Object.entries(rules.createKinds).map(([kind, fields]) => {
    const now = chaos.create?.kind === kind ? chaos.create : undefined;
    return line({ kind, label: labelOf(kind, form), fields, now, group: "create", type: "radio", language });
  });
  const none = chaos.create === undefined ? "checked" : "";
  return html`<fieldset>
          <legend>${t.create}</legend>
          <label><input type="radio" name="create" value="" ${none}> ${t.noFault}</label>
          ${lines}
        </fieldset>`;
}

interface Line {
  readonly kind: string;
  readonly label: string;
  readonly fields: readonly Field[];
  readonly now: object | undefined;
  readonly group: "callbacks" | "create";
  readonly type: "checkbox" | "radio";
  readonly language: Language;
}

function line({ kind, label, fields, now, group, type, language }: Line): Markup {
  const values: Values = { ...now };
  const inputs = fields.map((field) => fieldInput(kind, label, field, values, language));
  return html`<div class="line">
            <label><input type="${type}" name="${group}" value="${kind}" ${now === undefined ? "" : "checked"}> ${label} (<code>${kind}</code>)</label>
            ${inputs}
          </div>`;
}

type Values = Readonly<Record<string, unknown>>;

function fieldInput(kind: string, of: string, { choices, name }: Field, values: Values, language: Language): Markup {
  const names: Readonly<Record<string, string>> = TEXTS[language].chaos.fields;
  const choiceNames: Readonly<Record<string, string>> = TEXTS[language].chaos.choices;
  const label = names[name] ?? name;
  const field = `${kind}.${name}`;
  const value = values[name] === undefined ? "" : String(values[name]);
  const spoken = `${label} – ${of}`;
  if (choices === undefined) {
    return html`<label>${label} <input name="${field}" value="${value}" size="8" aria-label="${spoken}"></label>`;
  }
  const options = choices.map((choice) => {
    const selected = String(choice) === value ? "selected" : "";
    return html`<option value="${String(choice)}" ${selected}>${choiceNames[String(choice)] ?? String(choice)}</option>`;
  });
  return html`<label>${label} <select name="${field}" aria-label="${spoken}">${options}</select></label>`;
}

/** Reads a posted form. {@link ChaosRules.read} checks the result. */
export function chaosOfForm(form: URLSearchParams, { callbackKinds, createKinds }: ChaosRules): object {
  const kinds = form.getAll("callbacks");
  const create = form.get("create");
  return {
    ...(kinds.length > 0 && { callbacks: kinds.map((kind) => fieldsOf(kind, callbackKinds, form)) }),
    ...(create && { create: fieldsOf(create, createKinds, form) }),
  };
}

function fieldsOf(kind: string, kinds: Kinds, form: URLSearchParams): object {
  const fields = Object.hasOwn(kinds, kind) ? kinds[kind]! : [];
  const given = fields.flatMap(({ name }) => {
    const text = form.get(`${kind}.${name}`) ?? "";
    return text === "" ? [] : [[name, /^\d+$/.test(text) ? Number(text) : text]];
  });
  return { kind, ...Object.fromEntries(given) };
}
