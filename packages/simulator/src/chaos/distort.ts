import type { CallbackPlan } from "../deliver.ts";
import type { CallbackRequest, Ledger, SimulatedPayment } from "../ledger.ts";
import type { Random } from "../random.ts";
import type { SelllyShops } from "../sellly-shops.ts";
import type { Say } from "./course.ts";

export interface DistortParts {
  readonly ledger: Ledger;
  readonly shops: SelllyShops;
  readonly random: Random;
  readonly plans: Readonly<Record<SimulatedPayment["gateway"], CallbackPlan>>;
}

/** `request` is null while the shop has no address. */
export type Said =
  | { readonly kind: "send"; readonly request: CallbackRequest | null }
  | { readonly kind: "nothing"; readonly why: string };

/** The callback of a payment that says what it is to say, in its gateway's format. */
export function say(what: Say, payment: SimulatedPayment, { ledger, shops, random, plans }: DistortParts): Said {
  const plan = plans[payment.gateway];
  const sent = (changed: SimulatedPayment, key?: string): Said => ({
    kind: "send",
    request: plan.request(changed, key),
  });
  const other = ledger.payments().findLast(({ id, gateway }) => id !== payment.id && gateway === payment.gateway);

  switch (what) {
    case "truth":
      return sent(payment);
    case "opposite":
      return sent({ ...payment, state: payment.state === "paid" ? "declined" : "paid" });
    case "nothing":
      return nothing("the callback was dropped");
    case "wrong_secret":
      return payment.details.kind === "gosetti" ? wrongAddress(payment) : sent(payment, wrongKey(payment));
    case "foreign_token":
      return payment.details.kind === "gosetti" ? foreignAddress(payment) : foreignKey(payment);
    case "id_of_nobody":
      return sent({ ...payment, id: random.unlike(payment.id) });
    case "id_of_other":
      if (other === undefined) return nothing("there is no other payment of this gateway");
      return sent({ ...payment, id: other.id });
    default:
      return what satisfies never;
  }

  function wrongKey({ details }: SimulatedPayment): string | undefined {
    const key = details.kind === "sellly" ? shops.find(details.shopId)?.secretKey : undefined;
    return key && random.unlike(key);
  }

  function wrongAddress(wronged: SimulatedPayment): Said {
    if (wronged.details.kind !== "gosetti") return nothing("only GOSetti.pl has callback addresses");
    const callbackUrl = withWrongToken(wronged.details.callbackUrl, random);
    if (callbackUrl === null) return nothing("the callback address has no token that could be wrong");
    return sent({ ...wronged, details: { ...wronged.details, callbackUrl } });
  }

  function foreignAddress(wronged: SimulatedPayment): Said {
    if (wronged.details.kind !== "gosetti" || other?.details.kind !== "gosetti") {
      return nothing("there is no other payment of this gateway");
    }
    return sent({ ...wronged, details: { ...wronged.details, callbackUrl: other.details.callbackUrl } });
  }

  function foreignKey(wronged: SimulatedPayment): Said {
    const { details } = wronged;
    const foreign = shops.all().find(({ shopId }) => details.kind === "sellly" && shopId !== details.shopId);
    if (foreign === undefined) return nothing("there is no other Sellly shop whose key could be sent");
    return sent(wronged, foreign.secretKey);
  }
}

/** The longest run of letters and digits, of eight or more, behind an address's host: the shop's token, as far as one can tell. */
export function tokenOf(address: string): string | null {
  const host = /^https?:\/\/[^/?#]*/.exec(address)?.[0] ?? "";
  const runs = address.slice(host.length).match(/[\w-]{8,}/g) ?? [];
  return runs.reduce<string | null>((longest, run) => (run.length > (longest?.length ?? 0) ? run : longest), null);
}

function withWrongToken(address: string, random: Random): string | null {
  const token = tokenOf(address);
  if (token === null) return null;
  const at = address.lastIndexOf(token);
  return address.slice(0, at) + random.unlike(token) + address.slice(at + token.length);
}

function nothing(why: string): Said {
  return { kind: "nothing", why };
}
