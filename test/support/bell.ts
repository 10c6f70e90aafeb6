/** Lets a test wait for something to hold without looking again and again: it looks when something has happened. */
export interface Bell {
  /** Something has happened. */
  ring(): void;
  /** Resolves once the condition holds, which is looked at now and at every ring. */
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
