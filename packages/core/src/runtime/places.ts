/** Places for work that runs at once, of many kinds: each has a name. */
export interface Places {
  take(name: string): void;
  leave(name: string): void;
  /** The names with work that runs. */
  taken(): readonly string[];
  /** How much more work of this name may begin; zero or less if none. Without a name: of one that has no work yet. */
  share(name?: string): number;
}

/**
 * Work of one name takes no more places than it leaves free, so what hangs keeps no other work from its places. It has half of them at
 * most.
 */
export function createPlaces(count: number): Places {
  const busy = new Map<string, number>();
  let free = count;
  const of = (name?: string) => (name === undefined ? 0 : (busy.get(name) ?? 0));
  return {
    take(name) {
      free -= 1;
      busy.set(name, of(name) + 1);
    },
    leave(name) {
      free += 1;
      if (of(name) === 1) busy.delete(name);
      else busy.set(name, of(name) - 1);
    },
    taken: () => [...busy.keys()],
    share: (name) => Math.floor((free - of(name)) / 2),
  };
}
