import type { DeliveryStatus, HistoryEntry, HttpExchange, Review } from "@pay/core";
import type { Story } from "./story.ts";

export type Lane = "shop" | "pay" | "gateway";

export const LANES: readonly Lane[] = ["shop", "pay", "gateway"];

export type Happening =
  | { readonly kind: "exchange"; readonly exchange: HttpExchange }
  | { readonly kind: "line"; readonly entry: HistoryEntry }
  | { readonly kind: "review"; readonly review: Review }
  | { readonly kind: "delivery"; readonly row: DeliveryStatus };

export interface Moment {
  /** Unix milliseconds. */
  readonly at: number;
  readonly lane: Lane;
  readonly what: Happening;
}

/** Whose doing a line of the history is. */
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
  refund_requested: "shop",
  refund_succeeded: "gateway",
  refund_pending: "gateway",
  refund_failed: "gateway",
  refund_unknown: "pay",
  form_opened: "pay",
  deadline: "pay",
  cancel: "shop",
  review: "shop",
  redrive: "shop",
};

/**
 * Everything that happened, in order of time. Lines of the history keep their own order whatever the clocks said; what is of the
 * same moment follows from the left to the right: what was exchanged, the line it left, the review, the event that tells of it.
 */
export function timelineOf(story: Omit<Story, "payment" | "refunds">): readonly Moment[] {
  const { deliveries, exchanges, history, reviews } = story;
  let latest = 0;
  const lines = history.map((entry) => {
    latest = Math.max(latest, entry.at);
    const lane = LANE_OF[entry.fact.kind];
    return { key: latest, moment: { at: entry.at, lane, what: { kind: "line", entry } } as const };
  });
  const moments: readonly { readonly key: number; readonly moment: Moment }[] = [
    ...exchanges.map((exchange) =>
      sorted({ at: exchange.startedAt, lane: "gateway", what: { kind: "exchange", exchange } }),
    ),
    ...lines,
    ...reviews.map((review) => sorted({ at: review.openedAt, lane: "pay", what: { kind: "review", review } })),
    ...deliveries.map((row) => sorted({ at: timeOfId(row.eventId), lane: "shop", what: { kind: "delivery", row } })),
  ];
  // Sorting is stable: what has the same key stays in the order it was put together in.
  return [...moments].sort((a, b) => a.key - b.key).map(({ moment }) => moment);
}

function sorted(moment: Moment): { readonly key: number; readonly moment: Moment } {
  return { key: moment.at, moment };
}

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** When an id was made: the first ten of a TypeID's 26 digits are its Unix milliseconds. */
export function timeOfId(id: string): number {
  const [time = ""] = /(?<=_)[0-9a-hjkmnp-tv-z]{10}/.exec(id) ?? [];
  return [...time].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}
