import type { Language } from "@pay/i18n";
import { en, type Texts } from "./en.ts";
import { pl } from "./pl.ts";

/** The simulator's texts. A gateway's own texts are in its folder. */
export const TEXTS: Readonly<Record<Language, Texts>> = { en, pl };
