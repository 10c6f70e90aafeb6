import assert from "node:assert/strict";
import type { CallbackRequest, ParsedCallback, PaymentProvider } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";
import { same } from "../../same.ts";
import { takeEach } from "../create/take-payment.ts";
import { type Place, textAt } from "../fixtures/places.ts";
import type { AcceptedCallback, Unbranded } from "../fixtures/provider-fixtures.ts";
import { deliverWith, each, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import { atSystemTime } from "../gateway/system-clock.ts";
import { withoutNetwork } from "../gateway/without-network.ts";
import { newCall, type Subject } from "../subject.ts";
import { assertHides, privateTexts, secretsOf } from "../texts/secrets.ts";
import { deliver } from "./deliver.ts";
import { testReportedAmounts } from "./test-amounts.ts";
import { testBatches } from "./test-batches.ts";
import { testCallbacksFor } from "./test-callbacks-for.ts";
import { testContentTypes } from "./test-content-types.ts";
import { testKeptTexts } from "./test-kept-texts.ts";
import { testMissingFields } from "./test-missing-fields.ts";
import { testOtherPlaces } from "./test-other-places.ts";
import { testProxyHeaders } from "./test-proxy-headers.ts";
import { testUnreadFields } from "./test-unread-fields.ts";

/** Tests how the adapter reads authentic callbacks. */
export function testReceive(subject: Subject): void {
  reading(subject);
  naming(subject);
  testReportedAmounts(subject);
  testMissingFields(subject);
  testKeptTexts(subject);
  testBatches(subject);
  testContentTypes(subject);
  testOtherPlaces(subject);
  testProxyHeaders(subject);
  testUnreadFields(subject);
  repeating(subject);
  testCallbacksFor(subject);
}

function reading(subject: Subject): void {
  const { check, fixtures, make, provider } = subject;

  check("reads each recorded callback as documented", async () => {
    await each(recordedOf(subject), async ({ callback, gives }) => {
      same(
        await deliver(make(), callback),
        gives,
        "it means what `gives` says; mend receive, or the fixture if the document says otherwise",
      );
    });
  });

  check("keeps secrets and personal data out of parsed callbacks", async () => {
    const texts = [...secretsOf(subject), ...privateTexts(subject), ...(fixtures.callbacks.personal ?? [])];
    await each(recordedOf(subject), async ({ callback }) => {
      const parsed = await deliver(provider, callback);
      assertHides({ ...parsed, buyerEmail: undefined }, texts, "a parsed callback");
    });
  });

  check("gives check_status only if it has retrieve", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      const parsed = await deliver(provider, callback);
      if (parsed.kind === "check_status") assert.ok(provider.retrieve, "an adapter with check_status has retrieve");
    });
  });
}

/** Names that code cuts, counts or spells otherwise. */
const NAMES: readonly string[] = ["other-1", "0070", "1e3", "Ab-C", `${"7f3a".repeat(16)}-2`];

function naming(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { correlation } = provider.traits.callback;
  const { merchantReference, providerReference } = fixtures.callbacks.places;

  check("names the payment in the way that the traits say", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      const about = aboutOf(await deliver(provider, callback));
      same(Object.keys(about), [
        {
          "callback-url": "paymentId",
          "provider-reference": "providerReference",
          "merchant-reference": "merchantReference",
        }[correlation],
      ]);
      if ("paymentId" in about) assert.equal(about.paymentId, callback.paymentId, "the payment of the address");
    });
  });

  const places: readonly [Place | undefined, "providerReference" | "merchantReference"][] = [
    [merchantReference, "merchantReference"],
    [providerReference, "providerReference"],
  ];
  for (const [place, field] of places) {
    // A callback about a refund may have the refund's own name in this place.
    const cases = withPlace(subject, place).filter(
      ({ callback, gives }) => textAt(callback, place!) === nameIn(gives, field),
    );
    if (cases.length === 0) continue;
    check(`takes the payment's ${field} from the callback, and no text that cannot be one`, async () => {
      await each(cases, async ({ callback }) => {
        for (const name of NAMES) {
          const other = await deliverWith(subject, callback, place!, name);
          if (other.kind !== "refused") assert.equal(nameIn(other, field), name, `the ${field} is the callback's`);
        }
        for (const bad of field === "providerReference" ? ["", "a\r\nb", "a\u007fb", "x".repeat(201)] : [""]) {
          const parsed = await deliverWith(subject, callback, place!, bad);
          if (parsed.kind !== "refused") assert.notEqual(nameIn(parsed, field), bad, "a name can be kept");
        }
      });
    });
  }
}

const aboutOf = (parsed: ParsedCallback) => ("about" in parsed ? parsed.about : {});

function nameIn(
  parsed: Exclude<ParsedCallback, { kind: "refused" }> | Unbranded<AcceptedCallback>,
  field: "providerReference" | "merchantReference",
): string | undefined {
  if (parsed.kind === "ignored") return undefined;
  const about: Readonly<Record<string, string>> = parsed.about;
  return about[field] ?? (field === "providerReference" ? parsed.providerReference : undefined);
}

/** Of the call's clock and of the system's. */
const TIMES: readonly number[] = [0, Date.UTC(2020), Date.UTC(2100)];

/** Tests that the same bytes mean the same in each instance, at any time and in any order. */
function repeating(subject: Subject): void {
  const { check, fixtures, make } = subject;

  check("gives the same for the same bytes, in any order and at any time, without the network", async () => {
    const provider = make();
    const recorded = recordedOf(subject);
    for (const now of TIMES) {
      for (const system of TIMES) {
        await each([...recorded, ...recorded.toReversed()], async ({ callback, gives }) => {
          const read = () =>
            withoutNetwork(
              (call) => deliver(provider, callback, call),
              () => now,
            );
          same(
            await atSystemTime(system, read),
            gives,
            "it means the same at any time, by the call's clock and by the system's",
          );
        });
      }
    }
  });

  check("keeps nothing between instances, nor from creates to callbacks", async () => {
    const [first, other] = [make(), make()];
    await each(recordedOf(subject), async ({ callback, gives }) => {
      await takeEach(subject, fixtures.create.requests);
      await deliver(first, { ...callback, body: Buffer.from("{}"), query: "" });
      await deliver(first, callback);
      same(await deliver(other, callback), gives);
      same(await deliver(make(), callback), gives);
    });
  });

  check("leaves callbacks as they were", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      const request = callbackRequest(callback);
      await receive(make(), request);
      same(Buffer.from(request.rawBody).toString("hex"), callback.body.toString("hex"));
      same(Object.fromEntries(request.headers), Object.fromEntries(new Headers(callback.headers)));
    });
  });
}

async function receive(provider: PaymentProvider, request: CallbackRequest): Promise<void> {
  try {
    await provider.receive(request, newCall());
  } catch {
    assert.fail("receive threw on a callback that is frozen");
  }
}
