import assert from "node:assert/strict";
import type { WireRequest } from "../fixtures/wire.ts";
import { createRequest, type Subject } from "../subject.ts";
import { leavesOf } from "../texts/request-fields.ts";
import { take, takeEach } from "./take-payment.ts";

/** Letters that are several bytes. */
const LETTERS = "Zażółć gęślą jaźń – 100 % ☃ \u{1f600}";
/** Texts that end a field where a request is joined from pieces. Shops put nicknames into descriptions. */
const TEXTS: readonly string[] = [
  'VIP","amount":"0.01","x":"',
  "VIP&amount=0.01&kwota=0.01#%26+%",
  "VIP</title><amount>0.01</amount>",
  "VIP \\ ' \" ;|:,",
  LETTERS,
  // Two halves make each of these letters: a cut at any length splits one of the texts between them.
  "\u{1f600}".repeat(60),
  `x${"\u{1f600}".repeat(60)}`,
];

/** Tests that a description stays one value, in UTF-8. An adapter may cut it, or write it in ASCII where its gateway wants that. */
export function testShopTexts(subject: Subject): void {
  const { check, fixtures } = subject;
  const [checkout] = fixtures.create.requests;
  check("create sends the shop's texts as they are, and lets none become a field", async () => {
    const { sent: usual } = await take(subject, checkout);
    const { description } = createRequest(subject.provider, checkout);
    const own = leavesOf(usual).filter(({ text }) => text === description);
    const changed = TEXTS.map((text) => ({ ...checkout, description: text }));
    const taken = await takeEach(subject, [checkout, ...changed], "where they are taken");
    assert.ok(
      taken.some(({ request }) => request.description === LETTERS),
      `${LETTERS} is taken as a description; cut it or write it in ASCII where the gateway wants that`,
    );
    for (const { request, sent } of taken) {
      assert.deepEqual(
        pathsOf(sent),
        pathsOf(usual),
        `${request.description} is the value of one field; build bodies with JSON.stringify or URLSearchParams`,
      );
      assert.deepEqual(fixtures.create.amount(sent), fixtures.create.amount(usual), "it leaves the amount as it was");
      for (const { path } of own) {
        const text = leavesOf(sent).find((leaf) => leaf.path === path)?.text ?? "";
        const isSound = request.description.startsWith(text) || /^[\x20-\x7e]*$/.test(text);
        assert.ok(
          isSound && text.isWellFormed(),
          `${path} holds ${request.description}, perhaps cut, and not ${text}; send UTF-8`,
        );
      }
    }
  });
}

/** The fields of a request, of a body in JSON or as a form. */
function pathsOf(request: WireRequest): readonly string[] {
  return leavesOf(request)
    .map(({ path }) => path)
    .filter((path) => path !== "the body");
}
