import assert from "node:assert/strict";
import { money, type PaymentProvider, type Reception } from "@pay/core/adapter";
import { same } from "../same.ts";
import { asRequest, deliver, told } from "./delivering.ts";
import { assertHides, privateTexts, secretsOf } from "./hiding.ts";
import { withoutNetwork } from "./network.ts";
import { literal, type Place } from "./places.ts";
import { authentic, recordedOf, withPlace } from "./recorded.ts";
import { minorUnits } from "./said.ts";
import { newCall, type Subject } from "./subject.ts";
import { takeEach } from "./taken.ts";

/** What authentic callbacks mean. */
export function receiving(subject: Subject): void {
  reading(subject);
  naming(subject);
  stating(subject);
  repeating(subject);
}

function reading(subject: Subject): void {
  const { check, fixtures, make, provider } = subject;

  check("reads each recorded callback as documented", async () => {
    for (const { callback, gives } of recordedOf(subject)) same(await deliver(make(), callback), gives);
  });

  check("keeps secrets and personal data out of what callbacks say", async () => {
    const texts = [...secretsOf(subject), ...privateTexts(subject), ...(fixtures.callbacks.personal ?? [])];
    for (const { callback } of recordedOf(subject)) {
      const reception = await deliver(provider, callback);
      assertHides({ ...reception, buyerEmail: undefined }, texts, "a reception");
    }
  });

  check("asks for no more than it is told, and only where it can ask", async () => {
    for (const { callback } of recordedOf(subject)) {
      const reception = await deliver(provider, callback);
      if (reception.kind === "ask") assert.ok(provider.retrieve, "who asks has retrieve");
    }
  });
}

function naming(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { correlation } = provider.traits.callback;
  const { ref, reference } = fixtures.callbacks.places;

  check("names the payment in the way that the traits say", async () => {
    for (const { callback } of recordedOf(subject)) {
      const about = aboutOf(await deliver(provider, callback));
      same(Object.keys(about), [
        { "callback-url": "paymentId", "provider-ref": "ref", reference: "reference" }[correlation],
      ]);
      if ("paymentId" in about) assert.equal(about.paymentId, callback.paymentId, "the payment of the address");
    }
  });

  const places: readonly [Place | undefined, "ref" | "reference"][] = [
    [reference, "reference"],
    [ref, "ref"],
  ];
  for (const [place, field] of places) {
    if (withPlace(subject, place).length === 0) continue;
    check(`takes the payment's ${field} from the callback, and no text that cannot be one`, async () => {
      for (const { callback } of withPlace(subject, place)) {
        const other = await deliverWith(subject, callback, place!, "other-1");
        if (other.kind !== "refused") assert.equal(nameIn(other, field), "other-1", `the ${field} is what came`);
        for (const bad of field === "ref" ? ["", "a\r\nb", "a\u007fb", "x".repeat(201)] : [""]) {
          const reception = await deliverWith(subject, callback, place!, bad);
          if (reception.kind !== "refused") assert.notEqual(nameIn(reception, field), bad, "a name can be kept");
        }
      }
    });
  }
}

const aboutOf = (reception: Reception) => (reception.kind === "refused" ? {} : reception.about);

function nameIn(reception: Exclude<Reception, { kind: "refused" }>, field: "ref" | "reference"): string | undefined {
  const about: Readonly<Record<string, string>> = reception.about;
  return about[field] ?? (field === "ref" ? reception.ref : undefined);
}

async function deliverWith(
  subject: Subject,
  callback: ReturnType<typeof recordedOf>[number]["callback"],
  place: Place,
  text: string,
): Promise<Reception> {
  const changed = authentic(subject, callback, place, literal(place, text));
  assert.ok(changed, "the fixture can prove it");
  return deliver(subject.provider, changed);
}

function stating(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { amount: promise } = provider.traits.callback;
  const { amount: place, currency: currencyPlace } = fixtures.callbacks.places;

  check("observes an amount exactly where the traits promise one", async () => {
    for (const { callback } of recordedOf(subject)) {
      const reception = await deliver(provider, callback);
      if (reception.kind !== "notification") continue;
      const { amount, status } = reception.observed;
      if (promise === "absent") assert.equal(amount, undefined, "no amount was stated");
      else if (status === "succeeded") assert.ok(amount, "a success states its amount");
      if (amount !== undefined) assert.ok(Number.isSafeInteger(amount.amount), "in whole minor units");
    }
  });

  if (promise === "absent" || place === undefined) return;
  check("observes the amount that the callback states, digit for digit", async () => {
    for (const { callback, gives, text } of withPlace(subject, place)) {
      const stated = amountOf(gives);
      if (stated === undefined) continue;
      for (const minor of [435, 115, 1, 100, 2010, 123_456_789]) {
        const written = inFormOf(text, stated, minor);
        const changed = authentic(subject, callback, place, written);
        assert.ok(changed, "the fixture can prove it");
        const reception = await deliver(provider, changed);
        assert.notEqual(reception.kind, "refused", `${written} is an amount`);
        same(amountOf(reception), { amount: minor, currency: stated.currency }, `what ${written} is`);
      }
    }
  });

  check("takes no amount from what is none", async () => {
    for (const { callback, gives, text } of withPlace(subject, place)) {
      if (amountOf(gives) === undefined) continue;
      for (const bad of BAD_AMOUNTS) {
        const changed = authentic(subject, callback, place, text.startsWith('"') ? JSON.stringify(bad) : bad);
        if (changed === undefined) continue;
        const reception = await deliver(provider, changed);
        // Without an amount nothing would be compared with what was asked for.
        assert.notEqual(told(reception), "notification: succeeded", `${bad} is no amount`);
      }
    }
  });

  const other = provider.traits.currencies.find((one) =>
    recordedOf(subject).every(({ gives }) => amountOf(gives)?.currency !== one),
  );
  if (currencyPlace === undefined || other === undefined) return;
  check("observes the currency that the callback states", async () => {
    for (const { callback, gives } of withPlace(subject, currencyPlace)) {
      if (amountOf(gives) === undefined) continue;
      const reception = await deliverWith(subject, callback, currencyPlace, other);
      if (reception.kind !== "refused") assert.equal(amountOf(reception)?.currency, other);
    }
  });
}

const BAD_AMOUNTS = [
  "",
  "-19.99",
  "19,99",
  "1e3",
  "0x10",
  "19.99.",
  "NaN",
  "Infinity",
  "19.99 PLN",
  "1 999.00",
  "9".repeat(40),
];

/** The amount a callback states, of a payment or of a refund. */
function amountOf(gives: ReturnType<typeof recordedOf>[number]["gives"] | Reception) {
  if (gives.kind === "notification") return gives.observed.amount;
  return gives.kind === "refund" ? gives.refund.amount : undefined;
}

/** An amount as this gateway writes them: minor units or a decimal, with as many decimals, as a text or a number. */
function inFormOf(
  text: string,
  { amount, currency }: { readonly amount: number; readonly currency: string },
  minor: number,
): string {
  const isText = text.startsWith('"');
  const bare = isText ? (JSON.parse(text) as string) : text;
  const decimals = money("1", currency).amount.toString().length - 1;
  const isMinor = /^\d+$/.test(bare) && minorUnits({ minor: bare }, currency, decimals) === BigInt(amount);
  const digits = String(minor).padStart(decimals + 1, "0");
  const decimal = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  const written = isMinor ? String(minor) : decimal;
  return isText ? JSON.stringify(written) : written;
}

/** The same bytes mean the same, whoever hears them, when, and after whatever. */
function repeating(subject: Subject): void {
  const { check, fixtures, make } = subject;

  check("says the same of the same bytes, in any order and at any time, and touches no network", async () => {
    const provider = make();
    const recorded = recordedOf(subject);
    for (const now of [0, Date.UTC(2020), Date.UTC(2100)]) {
      for (const { callback, gives } of [...recorded, ...recorded.toReversed()]) {
        same(
          await withoutNetwork(
            (call) => deliver(provider, callback, call),
            () => now,
          ),
          gives,
        );
      }
    }
  });

  check("keeps nothing between instances, nor from creates to callbacks", async () => {
    const [first, other] = [make(), make()];
    for (const { callback, gives } of recordedOf(subject)) {
      await takeEach(subject, fixtures.create.requests);
      await deliver(first, { ...callback, body: Buffer.from("{}"), query: "" });
      await deliver(first, callback);
      same(await deliver(other, callback), gives);
      same(await deliver(make(), callback), gives);
    }
  });

  check("leaves callbacks as they were", async () => {
    for (const { callback } of recordedOf(subject)) {
      const request = asRequest(callback);
      await receive(make(), request);
      same(Buffer.from(request.rawBody).toString("hex"), callback.body.toString("hex"));
      same(Object.fromEntries(request.headers), Object.fromEntries(new Headers(callback.headers)));
    }
  });
}

async function receive(provider: PaymentProvider, request: ReturnType<typeof asRequest>): Promise<void> {
  try {
    await provider.receive(request, newCall());
  } catch {
    assert.fail("receive threw on a callback that is frozen");
  }
}
