/** Lets a test wait for a condition without polling: it checks when something has happened. */
export interface Bell {
  /** Call it when something has happened. */
  ring(): void;
  /** Resolves when the condition holds. It is checked now and at every ring. */
  until(condition: () => boolean): Promise<void>;
}

export function createBell(): Bell {
  let next = Promise.withResolvers<void>();
  return {
    ring() {
      const rung = next;
      next = Promise.withResolvers();
      rung.resolve();
    },
    async until(condition) {
      while (!condition()) await next.promise;
    },
  };
}
