import { createHmac } from "node:crypto";
import type { CallbackFixtures, Place, ProviderFixtures, Signature } from "../../src/index.ts";
import type { Mutation } from "./mutation.ts";

type SignedName = "status" | "amount" | "currency" | "reference" | "ref";

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

/** What is genuinely signed, and proves too little or something else. */
export const SIGNING: readonly Mutation[] = [
  {
    adapter: "acme",
    mistake: "believes a status that the gateway does not sign",
    costs: "whoever sees the notification of a declined payment sends it again as paid",
    noticedBy: "has a fixture for all that its traits and methods promise, and none for more",
    from: "update(request.rawBody)",
    to: signedOf("id", "reference", "amount", "currency"),
    fixtures: signingOnly("ref", "reference", "amount", "currency"),
  },
  {
    adapter: "acme",
    mistake: "believes a reference that the gateway does not sign",
    costs: "one genuine success pays for every order of that amount",
    noticedBy: "has a fixture for all that its traits and methods promise, and none for more",
    from: "update(request.rawBody)",
    to: signedOf("id", "status", "amount", "currency"),
    fixtures: signingOnly("ref", "status", "amount", "currency"),
  },
  {
    adapter: "acme",
    mistake: "believes a currency that the gateway does not sign",
    costs: "a success over 19.99 of something cheaper is sent again as 19.99 PLN",
    noticedBy: "has a fixture for all that its traits and methods promise, and none for more",
    from: "update(request.rawBody)",
    to: signedOf("id", "status", "amount", "reference"),
    fixtures: signingOnly("ref", "status", "amount", "reference"),
  },
];
