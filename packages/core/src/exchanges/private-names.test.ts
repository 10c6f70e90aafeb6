import { describe, expect, it } from "@jest/globals";
import { isPrivateName } from "./private-names.ts";

const none = new Set<string>();

describe("a name says that its field is private where", () => {
  it.each([
    ...[
      "secret_key",
      "secretKey",
      "SECRET",
      "apikey",
      "X-Api-Key",
      "access_token",
      "sign",
      "p24_sign",
      "Signature",
      "HASH",
      "md5sum",
    ],
    ...["numer_konta", "nrKonta", "nrRachunku", "numer_karty", "kod_blik", "suma_kontrolna", "sygnatura", "platnik"],
    ...["blik_code", "blikCode", "code_blik", "rachunek", "rachunek_nadawcy", "nadawca", "odbiorca", "posiadacz"],
    ...[
      "sender",
      "recipient",
      "Beneficiary",
      "client",
      "customer",
      "customers",
      "CUSTOMERDATA",
      "payer",
      "buyer[nick]",
    ],
    ...[
      "customer_message",
      "payment-sender",
      "ns:recipient",
      "transferRecipientDetails",
      "personalId",
      "contact_person",
    ],
    ...[
      "klient",
      "dane_klienta",
      "DANEKLIENTA",
      "kupujacy",
      "kupującyDane",
      "wpłacający",
      "kontrahent",
      "id_karty_klienta",
    ],
    ...["nrDomu", "miejscowość", "nr_mieszkania", "nick", "csrf"],
    ...["nabywca", "nazwa_klienta", "uzytkownik", "użytkownik", "kod_pocztowy", "dataUrodzenia", "nr_dowodu"],
    ...[
      "mac",
      "hmac",
      "password",
      "pass",
      "authorization",
      "pin",
      "crc",
      "email",
      "buyer_email",
      "personalData.email",
      "EMAIL2",
    ],
    ...[
      "ip",
      "ClientIp",
      "clientIP",
      "buyer[ip]",
      "CLIENTIP",
      "phone",
      "phoneNumber",
      "name",
      "firstName",
      "last_name",
      "username",
    ],
    ...[
      "surname",
      "address",
      "address_1",
      "ADRES",
      "iban",
      "card",
      "cardNumber",
      "CVV",
      "hasło",
      "SEKRET",
      "nazwisko",
      "imię",
      "zip",
    ],
  ])("it is %s", (name) => {
    expect(isPrivateName(name, none)).toBe(true);
  });

  it.each([
    ...[
      "id",
      "status",
      "amount",
      "price",
      "currency_code",
      "shop_id",
      "operator_id",
      "payment_channel",
      "channel_name",
      "methodName",
    ],
    ...[
      "description",
      "CallbackUrl",
      "RedirectUrl",
      "redirect_url",
      "sessionId",
      "orderId",
      "PaySafeCardTransactionId",
      "Finished",
    ],
    ...[
      "UserId",
      ...["clientId", "client_id", "customer-id", "id_klienta", "idNadawcy", "customer_reference", "client_order_id"],
      ...[
        "customer_status",
        "buyerLanguage",
        "jezyk_klienta",
        "payer[country]",
        "client_type",
        "customerid",
        "IDKLIENTA",
      ],
      ...["contactless", "personalization", "customs", "ownership", "usage", "klientela_id"],
      "KWOTA",
      "ID_PLATNOSCI",
      "ID_ZAMOWIENIA",
      "STATUS",
      "title",
      "filename",
      "shipping",
      "vip",
      "monkeys",
      "spinner",
      "Idempotency-Key",
      "idempotencyKey",
      "X-Idempotency-Key",
      "x_idempotency_key",
      "",
    ],
  ])("it is not %s", (name) => {
    expect(isPrivateName(name, none)).toBe(false);
  });

  it("the adapter says so, whatever the case", () => {
    expect(isPrivateName("Kennwort", new Set(["kennwort"]))).toBe(true);
  });
});
