import type { PaymentRecord, UnmatchedNotification } from "@pay/core/store";

/** The state of the world that operations share. */
export interface Surroundings {
  /** A text that no other world has. */
  readonly name: string;
  /** The payments so far, as they were opened. */
  readonly payments: PaymentRecord[];
  /** The notifications so far. */
  readonly unmatchedNotifications: UnmatchedNotification[];
  readonly now: () => number;
  /** A whole number from 0, less than the limit. */
  readonly below: (limit: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

export function createSurroundings(random: () => number, name: string, now: () => number): Surroundings {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  return { name, payments: [], unmatchedNotifications: [], now, below, pick };
}
