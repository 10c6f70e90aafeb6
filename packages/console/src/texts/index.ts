import type { Language } from "@pay/i18n";
import { EN, type Texts } from "./en.ts";
import { PL } from "./pl.ts";

export type { Texts, Word } from "./en.ts";

/** The texts of every language: one file each, of the shape that `en.ts` has. */
export const TEXTS: Readonly<Record<Language, Texts>> = { pl: PL, en: EN };
