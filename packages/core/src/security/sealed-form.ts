import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Key, Keyring } from "./keyring.ts";
import { macOver, verifyToken } from "./tokens.ts";

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** The form as it is stored: AES-256-GCM, bound to its payment, with the key's id before it. */
export function sealForm(key: Key, paymentId: PaymentId, { fields, url }: FormAction): string {
  // Not from the injected randomness: a seed that repeats a run would repeat it, and that breaks the cipher.
  const iv = randomBytes(IV_LENGTH);
  const cipher = createCipheriv("aes-256-gcm", key.form, iv).setAAD(Buffer.from(paymentId));
  const text = Buffer.concat([cipher.update(JSON.stringify({ url, fields }), "utf8"), cipher.final()]);
  return `${key.id}.${Buffer.concat([iv, text, cipher.getAuthTag()]).toString("base64url")}`;
}

/** The form, or `undefined` where its key is gone, or it is another payment's, or it was changed. */
export function openSealedForm(keyring: Keyring, paymentId: PaymentId, sealed: string): FormAction | undefined {
  const [id = "", content = ""] = sealed.split(".");
  const key = keyring.find(id);
  const bytes = Buffer.from(content, "base64url");
  if (key === undefined || bytes.length < IV_LENGTH + TAG_LENGTH) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.form, bytes.subarray(0, IV_LENGTH))
      .setAAD(Buffer.from(paymentId))
      .setAuthTag(bytes.subarray(-TAG_LENGTH));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_LENGTH, -TAG_LENGTH)), decipher.final()]);
    return { kind: "form", ...(JSON.parse(text.toString("utf8")) as Pick<FormAction, "url" | "fields">) };
  } catch {
    return undefined;
  }
}

/** The last part of the address where a payment's form is served. The buyer's browser learns it, so it is no callback token. */
export function formToken(key: Key, paymentId: PaymentId): string {
  return `${key.id}.${macOver(key.formAddress, paymentId)}`;
}

export function verifyFormToken(keyring: Keyring, paymentId: PaymentId, token: string): boolean {
  return verifyToken(keyring, token, (key) => macOver(key.formAddress, paymentId));
}
