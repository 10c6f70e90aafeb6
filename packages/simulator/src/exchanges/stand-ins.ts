/** What replaces secrets and personal data in fixtures and on masked pages. */
export const STAND_INS = {
  secretKey: "0000000000000000000000000000000000000000000000000000000000000000",
  token: "TOKEN",
  email: "buyer@example.com",
  ip: "192.0.2.1",
  field: "REDACTED",
} as const;

/** The name of a stand-in. */
export type StandIn = keyof typeof STAND_INS;
