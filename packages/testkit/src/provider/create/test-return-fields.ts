import assert from "node:assert/strict";
import { RETURN_URL, type Subject } from "../subject.ts";
import { leavesOf, tells } from "../texts/request-fields.ts";
import { take } from "./take-payment.ts";

/** Tests that each return address stands in its own field: buyers who paid must not read that they did not, and the other way round. */
export function testReturnFields(subject: Subject): void {
  const { requests, returnFields } = subject.fixtures.create;
  if (returnFields === undefined) return;
  subject.check(
    "create sends the addresses of success and failure each in the field that the document has for it",
    async () => {
      for (const checkout of requests) {
        const { sent } = await take(subject, checkout);
        for (const outcome of ["success", "failure"] as const) {
          const field = returnFields[outcome];
          const places = leavesOf(sent).filter(({ text }) => tells(text, RETURN_URL[outcome]));
          for (const { name, path } of places) {
            assert.ok(
              field === name || field === path,
              `${path} holds the address of ${outcome}, which belongs into ${field ?? "no field"}`,
            );
          }
          assert.ok(field === undefined || places.length > 0, `${field} holds the address of ${outcome}`);
        }
      }
    },
  );
}
