import type { DeliveryStatus, HistoryEntry, HttpExchange, Review } from "@pay/core";
import type { Story } from "./story.ts";

export type Lane = "shop" | "pay" | "gateway";

export const LANES: readonly Lane[] = ["shop", "pay", "gateway"];

export type MomentContent =
  | { readonly kind: "http_exchange"; readonly exchange: HttpExchange }
  | { readonly kind: "history"; readonly entry: HistoryEntry }
  | { readonly kind: "review"; readonly review: Review }
  | { readonly kind: "delivery"; readonly row: DeliveryStatus };

export interface Moment {
  /** Unix milliseconds. */
  readonly at: number;
  readonly lane: Lane;
  readonly content: MomentContent;
}

/** The party that caused each entry of the history. */
const LANE_OF: Readonly<Record<HistoryEntry["fact"]["kind"], Lane>> = {
  opened: "shop",
  create_accepted: "gateway",
  create_rejected: "gateway",
  create_not_sent: "pay",
  create_unknown: "pay",
  succeeded: "gateway",
  failed: "gateway",
  pending: "gateway",
  reversed: "gateway",
  unrecognized: "gateway",
  check_status: "gateway",
  status_unknown: "pay",
  refund_requested: "shop",
  refund_succeeded: "gateway",
  refund_pending: "gateway",
  refund_failed: "gateway",
  refund_unknown: "pay",
  refund_overdue: "pay",
  order_repriced: "shop",
  form_opened: "pay",
  deadline: "pay",
  cancel: "shop",
  review: "shop",
  redrive: "shop",
  record: "shop",
};

/**
 * All moments of a payment in chronological order. Entries of the history keep their own order even if a clock went back. Moments
 * of the same time follow the order of cause and effect: HTTP exchange, history, review, delivery.
 */
export function timelineOf(story: Omit<Story, "payment" | "refunds">): readonly Moment[] {
  const { deliveries, history, httpExchanges, reviews } = story;
  let latest = 0;
  const entries = history.map((entry) => {
    latest = Math.max(latest, entry.at);
    const lane = "recorded" in entry.fact ? "shop" : LANE_OF[entry.fact.kind];
    return { key: latest, moment: { at: entry.at, lane, content: { kind: "history", entry } } as const };
  });
  const moments: readonly { readonly key: number; readonly moment: Moment }[] = [
    ...httpExchanges.map((exchange) =>
      sorted({ at: exchange.startedAt, lane: "gateway", content: { kind: "http_exchange", exchange } }),
    ),
    ...entries,
    ...reviews.map((review) => sorted({ at: review.openedAt, lane: "pay", content: { kind: "review", review } })),
    ...deliveries.map((row) => sorted({ at: timeOfId(row.eventId), lane: "shop", content: { kind: "delivery", row } })),
  ];
  // Sorting is stable, so moments with the same key stay in the order of this list.
  return [...moments].sort((a, b) => a.key - b.key).map(({ moment }) => moment);
}

function sorted(moment: Moment): { readonly key: number; readonly moment: Moment } {
  return { key: moment.at, moment };
}

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** The creation time of an id: the first ten of a TypeID's 26 digits are Unix milliseconds. */
export function timeOfId(id: string): number {
  const [time = ""] = /(?<=_)[0-9a-hjkmnp-tv-z]{10}/.exec(id) ?? [];
  return [...time].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}
