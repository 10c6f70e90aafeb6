import { html } from "hono/html";
import { CALLBACK_KINDS, CREATE_KINDS } from "../chaos/kinds.ts";
import type { Chaos } from "../chaos/model.ts";
import type { ChaosTarget } from "../chaos/read.ts";
import type { Field } from "../fields.ts";
import type { Markup } from "../layout.ts";
import type { Language } from "../texts.ts";
import { FIELD_TEXTS, KIND_TEXTS, PAGE_TEXTS } from "./texts.ts";

type Values = Readonly<Record<string, unknown>>;

/** A form with everything that can go wrong, as it is set now. It posts to its own address. */
export function chaosForm({ callbacks = [], create }: Chaos, target: ChaosTarget, language: Language): Markup {
  const t = PAGE_TEXTS[language];
  const kinds = Object.entries(CALLBACK_KINDS).filter(([kind]) => target === "to come" || kind !== "early");
  const lines = kinds.map(([kind, fields]) => {
    const now = callbacks.find((one) => one.kind === kind);
    return line({ kind, fields, now, group: "callbacks", type: "checkbox", language });
  });
  return html`<form method="post" action="?lang=${language}">
        <fieldset><legend>${t.callbacksLegend}</legend>${lines}</fieldset>
        ${target === "to come" ? createFields(create, language) : ""}
        <button>${t.save}</button>
      </form>`;
}

function createFields(create: Chaos["create"], language: Language): Markup {
  const t = PAGE_TEXTS[language];
  const lines = Object.entries(CREATE_KINDS).map(([kind, fields]) => {
    const now = create?.kind === kind ? create : undefined;
    return line({ kind, fields, now, group: "create", type: "radio", language });
  });
  const none = create === undefined ? "checked" : "";
  return html`<fieldset>
          <legend>${t.createLegend}</legend>
          <label><input type="radio" name="create" value="" ${none}> ${t.noFault}</label>
          ${lines}
        </fieldset>`;
}

interface Line {
  readonly kind: string;
  readonly fields: readonly Field[];
  readonly now: object | undefined;
  readonly group: "callbacks" | "create";
  readonly type: "checkbox" | "radio";
  readonly language: Language;
}

function line({ kind, fields, now, group, type, language }: Line): Markup {
  const label = KIND_TEXTS[language][kind as keyof (typeof KIND_TEXTS)["pl"]];
  const inputs = fields.map((one) => fieldInput(kind, label, one, (now ?? {}) as Values, language));
  return html`<div class="line">
            <label><input type="${type}" name="${group}" value="${kind}" ${now === undefined ? "" : "checked"}> ${label} (<code>${kind}</code>)</label>
            ${inputs}
          </div>`;
}

function fieldInput(kind: string, of: string, { choices, name }: Field, now: Values, language: Language): Markup {
  const label = FIELD_TEXTS[language][name] ?? name;
  const named = `${kind}.${name}`;
  const value = now[name] === undefined ? "" : String(now[name]);
  const said = `${label} – ${of}`;
  if (choices === undefined) {
    return html`<label>${label} <input name="${named}" value="${value}" size="8" aria-label="${said}"></label>`;
  }
  const options = choices.map((choice) => {
    const selected = String(choice) === value ? "selected" : "";
    return html`<option value="${String(choice)}" ${selected}>${String(choice)}</option>`;
  });
  return html`<label>${label} <select name="${named}" aria-label="${said}">${options}</select></label>`;
}

/** What a posted form asks for; whether there is such chaos is for {@link readChaos} to say. */
export function chaosOfForm(form: URLSearchParams): object {
  const kinds = form.getAll("callbacks");
  const create = form.get("create");
  return {
    ...(kinds.length > 0 && { callbacks: kinds.map((kind) => fieldsOf(kind, CALLBACK_KINDS, form)) }),
    ...(create && { create: fieldsOf(create, CREATE_KINDS, form) }),
  };
}

function fieldsOf(kind: string, kinds: Readonly<Record<string, readonly Field[]>>, form: URLSearchParams): object {
  const fields = Object.hasOwn(kinds, kind) ? kinds[kind]! : [];
  const given = fields.flatMap(({ name }) => {
    const text = form.get(`${kind}.${name}`) ?? "";
    return text === "" ? [] : [[name, /^\d+$/.test(text) ? Number(text) : text]];
  });
  return { kind, ...Object.fromEntries(given) };
}
