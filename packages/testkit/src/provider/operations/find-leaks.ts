import assert from "node:assert/strict";
import type { WireRequest } from "../fixtures/wire.ts";
import { CALLBACK_TOKEN, callbackUrl, hasOwnAddresses, RETURN_HOST, type Subject } from "../subject.ts";
import { leavesOf, tells } from "../texts/request-fields.ts";
import { secretsOf } from "../texts/secrets.ts";

/**
 * Fails if a request shows the callback address to anyone but the gateway. Buyers see descriptions and return addresses, and a buyer
 * who sees a payment's own callback address can forge its success.
 */
export function assertTellsOnlyTheGateway({ fixtures, provider }: Subject, request: WireRequest): void {
  const address = callbackUrl(provider);
  const secret = hasOwnAddresses(provider) ? CALLBACK_TOKEN : address;
  const places = leavesOf(request).filter(({ text }) => tells(text, secret));
  for (const { name, text } of places) {
    assert.ok(!tells(text, RETURN_HOST), `${name}, a return address, tells no callback address`);
    assert.ok(text.startsWith(address), `${name} tells the callback address alone, or does not tell it`);
  }
  const names = [...new Set(places.map(({ name }) => name))];
  const documented = fixtures.callbacks.addressFields;
  if (documented !== undefined) {
    for (const name of names) assert.ok(documented.includes(name), `${name} is not in callbacks.addressFields`);
  } else {
    assert.ok(
      names.length <= 1,
      `one field carries the callback address, not ${names.join(" and ")}; see callbacks.addressFields`,
    );
  }
}

/** Fails if a request's address contains a key, because proxies and servers log addresses. */
export function assertAddressHidesSecrets(subject: Subject, { target }: WireRequest): void {
  const { secretsInAddress = [] } = subject.fixtures;
  for (const { name, text } of leavesOf({ target, body: "" })) {
    if (secretsInAddress.includes(name)) continue;
    const isShown = secretsOf(subject).some((secret) => tells(text, secret));
    assert.ok(!isShown, `${name} of the address holds no key, or is one of secretsInAddress`);
  }
}
