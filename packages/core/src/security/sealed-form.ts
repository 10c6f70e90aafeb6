import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Key, Keyring } from "./keyring.ts";
import { macOver, verifyToken } from "./tokens.ts";

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** Encrypts a form for storage: AES-256-GCM, bound to its payment, after the key's id. */
export function sealForm(key: Key, paymentId: PaymentId, { fields, url }: FormAction): string {
  // Not from the injected randomness: a seed that replays a run would repeat the IV, which breaks the cipher.
  const iv = randomBytes(IV_LENGTH);
  const cipher = createCipheriv("aes-256-gcm", key.form, iv).setAAD(Buffer.from(paymentId));
  const text = Buffer.concat([cipher.update(JSON.stringify({ url, fields }), "utf8"), cipher.final()]);
  return `${key.id}.${Buffer.concat([iv, text, cipher.getAuthTag()]).toString("base64url")}`;
}

/** Decrypts a form. `undefined` if its key is not configured any more, if it belongs to another payment, or if it was changed. */
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

/** Makes the last part of the address that serves a payment's form. It is no callback token, since the buyer's browser receives it. */
export function formToken(key: Key, paymentId: PaymentId): string {
  return `${key.id}.${macOver(key.formAddress, paymentId)}`;
}

export function verifyFormToken(keyring: Keyring, paymentId: PaymentId, token: string): boolean {
  return verifyToken(keyring, token, (key) => macOver(key.formAddress, paymentId));
}
