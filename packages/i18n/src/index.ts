export {
  chooseLanguage,
  isLanguage,
  LANGUAGE_TAGS,
  LANGUAGES,
  type Language,
  type LanguageWishes,
} from "./language.ts";
export { type AmountToShow, showMoney } from "./show-money.ts";
export { showNumber } from "./show-number.ts";
export { showTime, type TimeFormat } from "./show-time.ts";
