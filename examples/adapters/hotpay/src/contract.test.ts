// HotPay as its sources show it; they are named in the README.
import { describe, it } from "@jest/globals";
import type { CallbackReply, StatusReport } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "@pay/testkit";
import { bodyOf, createRequest, notification, REFERENCE, sha256 } from "../test/fixtures.ts";
import { hotPay } from "./index.ts";

const SECRET = "c2VrcmV0,";
const PASSWORDS = ["hasło;1", "hasło na jutro"] as const;
const { amount, description } = createRequest();
const field = (name: string) => ({ in: "form", name }) as const;

const text = (status: number, body: string): CallbackReply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const OK = text(200, "OK");

const recorded = (providerStatus: string, status: StatusReport["status"]) =>
  ({
    callback: { method: "POST", body: bodyOf(notification({ STATUS: providerStatus })) },
    gives: {
      kind: "notification",
      about: { merchantReference: REFERENCE },
      providerReference: "HPAY-12345",
      reported: { status, providerStatus, amount },
    },
  }) as const;

const fixtures: ProviderFixtures<Readonly<Record<string, never>>> = {
  sources: [new URL("hotpay.ts", import.meta.url)],
  // The passwords are all there is: what HotPay calls the secret is a field of the buyer's form.
  secrets: [],
  productionUrl: "https://platnosc.hotpay.pl",
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [{ amount, description, buyer: { email: "buyer+of@hotpay.example" }, options: undefined }],
    amount: ({ body }) => ({ text: new URLSearchParams(body).get("KWOTA") ?? "" }),
    // One address for both.
    returnFields: { success: "ADRES_WWW" },
    form({ buyer, merchantReference, returnUrl, ...request }, baseUrl) {
      const signed = `${PASSWORDS[0]};19.99;${request.description};${returnUrl.success};${merchantReference};${SECRET}`;
      return {
        kind: "form",
        url: `${baseUrl}/`,
        fields: {
          SEKRET: SECRET,
          KWOTA: "19.99",
          NAZWA_USLUGI: request.description,
          ADRES_WWW: returnUrl.success,
          ID_ZAMOWIENIA: merchantReference,
          EMAIL: buyer.email ?? "",
          HASH: sha256(signed),
        },
      };
    },
  },
  callbacks: {
    callbackFor({ body }) {
      const form = new URLSearchParams(body);
      const [KWOTA = "", ID_ZAMOWIENIA = ""] = ["KWOTA", "ID_ZAMOWIENIA"].map((name) => form.get(name) ?? "");
      return { method: "POST", body: bodyOf(notification({ KWOTA, ID_ZAMOWIENIA })) };
    },
    recorded: [recorded("SUCCESS", "succeeded"), recorded("FAILURE", "failed"), recorded("PENDING", "pending")],
    proof: {
      kind: "signature",
      at: field("HASH"),
      covers: ["KWOTA", "ID_PLATNOSCI", "ID_ZAMOWIENIA", "STATUS", "SECURE"].map(field),
      keys: { accepted: PASSWORDS, old: "hasło z wczoraj", otherAccount: "hasło innej usługi" },
      sign({ body }, password) {
        const form = new URLSearchParams(body.toString());
        const of = (name: string) => form.get(name) ?? "";
        return sha256(
          `${password};${of("KWOTA")};${of("ID_PLATNOSCI")};${of("ID_ZAMOWIENIA")};${of("STATUS")};${of("SECURE")};${SECRET}`,
        );
      },
    },
    places: {
      status: field("STATUS"),
      amount: field("KWOTA"),
      merchantReference: field("ID_ZAMOWIENIA"),
      providerReference: field("ID_PLATNOSCI"),
    },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: text(400, "Refused."),
    error: text(503, "Not stored, send it again."),
    isAcknowledgement: ({ body, status }) => status === 200 && body === "OK",
  },
};

describe("the contract of a provider", () => {
  providerContract({
    test: it,
    provider: (baseUrl) => hotPay({ secret: SECRET, password: PASSWORDS, baseUrl }),
    otherAccount: (baseUrl) => hotPay({ secret: "aW5ueSBzZWtyZXQ,", password: "hasło sklepu 2", baseUrl }),
    fixtures,
  });
});
