/**
 * Decimals of the currencies in use: ISO 4217 list one, published 2024-06-25, with the amendments known on 2026-11-01
 * (ANG and CUC withdrawn in 2025, BGN on 2026-01-01, XAD added in 2025).
 *
 * `Intl` is no source for this: it describes price tags (no decimals for the forint), while gateways count as ISO 4217 says (two
 * decimals). Metals, units of account and test codes have no minor unit and are left out.
 */
const CODES_BY_EXPONENT: readonly (readonly [exponent: number, codes: string])[] = [
  [0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
     COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
     INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
     STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
  [4, "CLF UYW"],
];

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) => codes.split(/\s+/).map((code) => [code, exponent] as const)),
);

/** Returns the number of decimals of a currency, or `undefined` if the code is not in use. Codes are upper case. */
export function exponentOf(currency: string): number | undefined {
  return EXPONENTS.get(currency);
}

/** Returns every currency that Pay knows. */
export function currencies(): readonly string[] {
  return [...EXPONENTS.keys()];
}
