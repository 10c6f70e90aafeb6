import { describe, expect, it } from "@jest/globals";
import { describeError } from "../delivery/describe-error.ts";
import { createMasking, readBody, readSentence, readUrl } from "./mask.ts";
import { isPrivateName } from "./private-names.ts";

const masking = () => createMasking((name) => isPrivateName(name, new Set()));
const body = (text: string) => readBody(text, masking())();

const HIDDEN: readonly (readonly [what: string, text: string, shown: string])[] = [
  ...(["/", "#", "?", "@", "/x?y#z@"] as const).map(
    (mark) =>
      [
        `a password with ${mark} in it`,
        `connect postgres://me:pa${mark}ss@db:5432/pay failed`,
        "connect postgres://•••@db:5432/pay failed",
      ] as const,
  ),
  ["a password with / in a page's address", "GET https://me:pa/s#s@shop.example/ failed", "GET https://•••/ failed"],
  ["Basic without a colon", "Authorization Basic dXNlcjpwYXNz", "Authorization Basic •••"],
  ["Basic in a sentence", "header Basic dXNlcjpwYXNz was refused", "header Basic ••• was refused"],
  ["Bearer without a colon", "Authorization Bearer abcdefgh", "Authorization Bearer •••"],
  ["a long Bearer without a digit", "Bearer abcdefghijklmnop is wrong", "Bearer ••• is wrong"],
  ["every cookie of a line", "Cookie: a=b; visit=c; d", "Cookie: •••"],
  ["a quoted value with what would end it", 'password="a;b&c" refused; id 7', "password=•••; id 7"],
  ["the head of a JSON Web Token", "got eyJhbGciOiJIUzI1NiJ9 back", "got ••• back"],
  ["a card", "card 4111111111111111 declined", "card ••• declined"],
  ["a card in groups, behind another number", "try 2 4111 1111-1111 1111 declined", "try 2 ••• declined"],
  ["a card of American Express", "3782 822463 10005", "•••"],
  ["an IBAN", "to GB82WEST12345698765432 now", "to ••• now"],
  ["an IBAN in groups", "to PL61 1090 1014 0000 0712 1981 2874 was refused", "to ••• was refused"],
  ["an IBAN in small letters", "pl61-1090-1014-0000-0712-1981-2874", "•••"],
  ["a Polish account without its country", "na 61 1090 1014 0000 0712 1981 2874", "na •••"],
  ["a PESEL", "no person 44051401359", "no person •••"],
  ["a telephone number", "call +48600700800 or 600 700 800 or 22 123-45-67", "call +••• or ••• or •••"],
  ["a number of the United States", "(555) 123-4567", "(•••"],
  ["an address with a plus", "to jan.kowalski+x@example.co.uk now", "to ••• now"],
  ["an address with a quoted name", 'to "Jan K"@example.com now', "to ••• now"],
  ["a sender", "sender: Jan, 12 Long Street", "sender: •••"],
];

describe("a text hides", () => {
  it.each(HIDDEN)("%s", (_, text, shown) => {
    expect(readSentence(text, masking())()).toBe(shown);
    expect(JSON.parse(body(JSON.stringify({ message: text, id: 1 })))).toEqual({ message: shown, id: 1 });
    expect(describeError(new Error(text))).toBe(`Error: ${shown}`);
  });

  it("a number that JSON does not quote", () => {
    expect(body('{"message":4111111111111111,"list":[{"id":1},4111111111111111]}')).toBe(
      '{"message":"•••","list":[{"id":1},"•••"]}',
    );
  });

  it("a number in a form", () => {
    expect(body("orderId=7&text=4111+1111+1111+1111")).toBe("orderId=7&text=•••");
  });

  it("a password with / in the address of a request", () => {
    expect(readUrl("https://me:pa/s#s@g.example/pay", masking())()).toBe("https://•••");
  });
});

describe("a text shows", () => {
  it.each([
    "payment pay_01h455vb4pex5vsknk084sn02q of order 1234567890123456",
    "at 2026-11-30T12:00:00.000Z, 1764600000000, 2026-11-30T12:00:00+0100 20261130",
    "amount 123 456 789,00 zł, 123 456 789 PLN, EUR 123 456 789",
    "trace de305d54-75b4-431b-adb2-eb6b9e546014 and 4bf92f3577b34da6a3ce929d0e0e4736",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "GET http://localhost:3000/users/@me failed",
    "GET https://shop.example/@vip?tag=a@b failed",
    "GET http://[::1]:8080/@me failed",
    "Basic authentication failed, and a bearer of bad news",
    'duplicate key value violates unique constraint "orders_pkey"',
    "card 4111111111111112 of no issuer, 61 1090 1014 0000 0712 1981 2875, 44051401358, 44059901359",
    "Client network socket disconnected before secure TLS connection was established",
  ])("%s", (text) => {
    expect(readSentence(text, masking())()).toBe(text);
    expect(JSON.parse(body(JSON.stringify({ message: text })))).toEqual({ message: text });
  });

  it("the digits of an id, though a card could have them", () => {
    const text = '{"transactionId":4111111111111111,"order_id":"4111 1111 1111 1111","id":"44051401359"}';
    expect(body(text)).toBe(text);
    expect(body("orderId=4111111111111111")).toBe("orderId=4111111111111111");
    expect(readUrl("https://g.example/?id=4111111111111111", masking())()).toBe(
      "https://g.example/?id=4111111111111111",
    );
  });

  it("what a person's object says of no person, where it stands elsewhere", () => {
    const text =
      '{"customer":{"id":"cust_1","language":"polish","status":"paid","nick":"zorro"},"status":"paid","customerId":"cust_1","note":"zorro"}';
    expect(body(text)).toBe('{"customer":"•••","status":"paid","customerId":"cust_1","note":"•••"}');
  });
});
