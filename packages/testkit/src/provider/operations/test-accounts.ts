import assert from "node:assert/strict";
import type { PaymentProvider } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { deliver } from "../receive/deliver.ts";
import type { Subject } from "../subject.ts";
import { oneChanged } from "../texts/almost-equal.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { leavesOf, tells } from "../texts/request-fields.ts";
import { secretsOf } from "../texts/secrets.ts";
import { formsOf, performEach } from "./every-operation.ts";
import { credentialsIn } from "./test-credentials.ts";

const REMEDY = "keep keys and tokens inside the factory's function, never at the level of the module";

/** Tests two accounts in one process. A shop with two brands has them, and money and keys of one must not go to the other. */
export function testAccounts(subject: Subject): void {
  const { check, make, makeOther } = subject;

  check("names another account otherwise, and sends with it none of the first one's keys", async () => {
    const account = make().merchantAccount;
    assert.notEqual(makeOther().merchantAccount, account, "another account has a merchantAccount of its own");
    await performEach(subject);
    const other = afterFirst(subject);
    await each([...(await performEach(other)), ...(await formsOf(other))], ({ requests }) => {
      for (const request of requests) assertOfOther(subject, request, account);
    });
  });

  check("takes callbacks by the keys of its own account, whichever accounts there are", async () => {
    const own = make();
    const other = makeOther();
    await each(recordedOf(subject), async ({ callback, gives }) => {
      if (subject.fixtures.callbacks.proof !== undefined) {
        const { kind } = await deliver(other, callback);
        assert.equal(kind, "refused", `another account refuses what this one's key proves; ${REMEDY}`);
      }
      same(await deliver(own, callback), gives, `another account changes nothing; ${REMEDY}`);
    });
  });
}

/** The other account, whose adapters are made between those of the first, at a gateway that gives it tokens of its own. */
function afterFirst(subject: Subject): Subject {
  const { fixtures, make, makeOther } = subject;
  const { before } = fixtures;
  return {
    ...subject,
    make(baseUrl): PaymentProvider {
      const other = makeOther(baseUrl);
      make(baseUrl);
      return other;
    },
    fixtures: {
      ...fixtures,
      ...(before && {
        before(request: WireRequest): WireAnswer | undefined {
          const answer = before(request);
          return answer && withOtherTokens(subject, answer);
        },
      }),
    },
  };
}

function withOtherTokens(subject: Subject, answer: WireAnswer): WireAnswer {
  const body = tokensIn(subject, answer).reduce(
    (so, token) => so.replaceAll(token, oneChanged(token)[0] ?? ""),
    answer.body,
  );
  return { ...answer, body };
}

/** The texts of an answer that requests then carry. */
function tokensIn({ fixtures }: Subject, answer: WireAnswer): readonly string[] {
  const carried = Object.values(fixtures.credentials ?? {}).filter((one) => typeof one === "string");
  return saidIn(answer).flatMap(({ value }) =>
    typeof value === "string" && value.length >= 6 && carried.some((text) => text.includes(value)) ? [value] : [],
  );
}

function assertOfOther(subject: Subject, request: WireRequest, account: string): void {
  const [, id] = account.split(/:(.*)/s);
  for (const { name, text } of leavesOf(request)) {
    assert.notEqual(text, id, `${name} of a request names the account that sends it; ${REMEDY}`);
  }
  const texts = [...leavesOf(request).map(({ text }) => text), ...Object.values(request.headers)];
  for (const secret of secretsOf(subject)) {
    assert.ok(!texts.some((text) => tells(text, secret)), `a request carries no key of another account; ${REMEDY}`);
  }
  const [name] = credentialsIn(subject, request);
  assert.equal(name, undefined, `${name} is another account's; ${REMEDY}`);
}
