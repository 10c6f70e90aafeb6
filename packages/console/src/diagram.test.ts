import { expect, it } from "@jest/globals";
import { COLUMNS, TRANSITIONS } from "@pay/core/internal";
import { STATES, WAYS } from "./state-table.ts";

it("the diagram shows the states and ways that Pay's own table has, and no other", () => {
  const states = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  expect(Object.keys(STATES).sort()).toEqual([...states].sort());
  const ways = states.flatMap((from) =>
    Object.values(TRANSITIONS).flatMap((row) => {
      const { to, from: only } = row[COLUMNS[from]];
      return to === undefined || to === from || only?.includes(from) === false ? [] : [`${from} ${to}`];
    }),
  );
  // A pending payment may be reported as pending again, which is no transition.
  expect(WAYS.map(({ from, to }) => `${from} ${to}`).sort()).toEqual([...new Set(ways)].sort());
});
