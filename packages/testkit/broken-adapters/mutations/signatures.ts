import { createHash, createHmac } from "node:crypto";
import type { CreateRequest, FormAction } from "@pay/core/adapter";
import type { CallbackFixtures, Place, ProviderFixtures, Signature } from "../../src/index.ts";
import type { Mutation } from "./mutation.ts";

type SignedName = "status" | "amount" | "currency" | "merchantReference" | "providerReference";

/** Fixtures of a gateway that signs these places of Acme's notifications, joined by commas, and nothing else. */
const signingOnly =
  (...names: readonly SignedName[]) =>
  (fixtures: ProviderFixtures): ProviderFixtures => {
    const { places, proof, recorded } = fixtures.callbacks;
    const keyed = proof as Signature;
    const covers = names.map((name) => places[name] as Extract<Place, { name: string }>);
    const signed = (body: string, key: string) => {
      const said = JSON.parse(body);
      return createHmac("sha256", key)
        .update(covers.map(({ name }) => said[name]).join())
        .digest("hex");
    };
    const callbacks: CallbackFixtures = {
      ...fixtures.callbacks,
      proof: { ...keyed, covers, sign: ({ body }, key) => signed(body.toString(), key) },
      recorded: recorded.map(({ callback, gives }) => ({
        callback: { ...callback, headers: { "acme-signature": signed(callback.body ?? "", keyed.keys.accepted[0]) } },
        gives,
      })),
    };
    return { ...fixtures, callbacks };
  };

const signedOf = (...names: readonly string[]) =>
  `update(${JSON.stringify(names)}.map((name) => request.json()?.[name]).join())`;

/** Fixtures of a gateway whose form has other fields than Whisper's. */
const formsWith =
  (fields: (request: CreateRequest<unknown>, key: string) => Readonly<Record<string, string>>) =>
  ({ create, ...rest }: ProviderFixtures): ProviderFixtures => {
    if (!("form" in create)) return { create, ...rest };
    const [key] = (rest.callbacks.proof as Signature).keys.accepted;
    const form = (request: CreateRequest<unknown>, baseUrl: string): FormAction => {
      const made = create.form(request, baseUrl);
      return { ...made, fields: { ...made.fields, ...fields(request, key) } };
    };
    return { ...rest, create: { ...create, form } };
  };

const hashOf = (...parts: readonly string[]) => ({ hash: createHash("sha256").update(parts.join("|")).digest("hex") });

const GENUINE = "finds a genuine signature right, whatever texts are signed and however long they are";

/** Genuine signatures that prove too little or something else. */
export const SIGNATURES: readonly Mutation[] = [
  {
    adapter: "acme",
    mistake: "believes a status that the gateway does not sign",
    costs: "a person who sees the notification of a declined payment sends it again as paid",
    noticedBy: "has a fixture for all that its traits and methods promise, and for no more",
    from: "update(request.rawBody)",
    to: signedOf("id", "reference", "amount", "currency"),
    fixtures: signingOnly("providerReference", "merchantReference", "amount", "currency"),
  },
  {
    adapter: "acme",
    mistake: "believes a reference that the gateway does not sign",
    costs: "one genuine success pays for every order of that amount",
    noticedBy: "has a fixture for all that its traits and methods promise, and for no more",
    from: "update(request.rawBody)",
    to: signedOf("id", "status", "amount", "currency"),
    fixtures: signingOnly("providerReference", "status", "amount", "currency"),
  },
  {
    adapter: "acme",
    mistake: "believes a currency that the gateway does not sign",
    costs: "a success over 19.99 of something cheaper is sent again as 19.99 PLN",
    noticedBy: "has a fixture for all that its traits and methods promise, and for no more",
    from: "update(request.rawBody)",
    to: signedOf("id", "status", "amount", "reference"),
    fixtures: signingOnly("providerReference", "status", "amount", "merchantReference"),
  },
  {
    adapter: "whisper",
    mistake: "takes every command that is signed",
    costs: "the form that a buyer's browser posts is signed with the same key, so that buyers call back themselves",
    noticedBy: "refuses a callback proved by what was signed for a create, however that is cut",
    from: 'if (cmd !== "transactionStatusChanged") {',
    to: 'if (cmd === "") {',
  },
  {
    adapter: "whisper",
    mistake: "signs a form's description and reference where callbacks have command and argument",
    costs: "a buyer who gets a command into a description has it signed by the shop",
    noticedBy: "refuses a callback proved by what was signed for a create, however that is cut",
    from: "hash: signature(fields.amount, merchantReference, secret)",
    to: "hash: signature(description, merchantReference, secret)",
    fixtures: formsWith(({ description, merchantReference }, key) => hashOf(description, merchantReference, key)),
  },
  {
    adapter: "whisper",
    mistake: "lets a description hold what stands between signed fields",
    costs: "one field of a form is cut into two of a callback, under the shop's own signature",
    noticedBy: "refuses a callback proved by what was signed for a create, however that is cut",
    from: "hash: signature(fields.amount, merchantReference, secret)",
    to: 'hash: hash("sha256", [description, secret].join("|"), "hex")',
    fixtures: formsWith(({ description }, key) => hashOf(description, key)),
  },
  {
    adapter: "whisper",
    mistake: "has the form carry the key that callbacks are signed with, and so do its fixtures",
    costs: "every buyer reads it in the page, and signs successes",
    noticedBy: "create sends buyers to a safe address, and shows them neither the callback address nor a key",
    from: "back: returnUrl.success,",
    to: "back: returnUrl.success, key: secret,",
    fixtures: formsWith((_, key) => ({ key })),
  },
  {
    adapter: "acme",
    mistake: "signs the first 1,024 bytes only",
    costs: "a paid order with many items is refused for ever, and a text behind those bytes is not proved",
    noticedBy: GENUINE,
    from: "update(request.rawBody)",
    to: "update(request.rawBody.subarray(0, 1024))",
  },
  {
    adapter: "acme",
    mistake: "signs the last 1,024 bytes only",
    costs: "the same, for a text before those bytes",
    noticedBy: GENUINE,
    from: "update(request.rawBody)",
    to: "update(request.rawBody.subarray(-1024))",
  },
  {
    adapter: "atlas",
    mistake: "cuts the text that it signs after 150 characters",
    costs: "notifications with long references are refused for ever, and what stands last in the text is not proved",
    noticedBy: GENUINE,
    from: "refuseSeparator: true });",
    to: "refuseSeparator: true }).slice(0, 150);",
  },
  {
    adapter: "atlas",
    mistake: "signs in ISO-8859-1",
    costs: "the notification about an order with an ł in its name is refused for ever",
    noticedBy: GENUINE,
    from: ".update(signed)",
    to: '.update(signed, "latin1")',
  },
  {
    adapter: "whisper",
    mistake: "decodes a field once more before it signs it",
    costs: "the notification about an order with a % in its name is refused for ever",
    noticedBy: GENUINE,
    from: "[cmd, args, secret]",
    to: '[cmd, decodeURIComponent(args.replace(/%(?![0-9a-f]{2})/gi, "%25")), secret]',
  },
];
