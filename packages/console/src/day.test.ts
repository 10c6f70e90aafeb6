import { expect, it } from "@jest/globals";
import { startOfDay } from "./day.ts";

it.each([
  ["2026-01-15", "UTC", 0, "2026-01-15T00:00:00.000Z"],
  ["2026-01-15", "Europe/Warsaw", 0, "2026-01-14T23:00:00.000Z"],
  // The days on which clocks change there.
  ["2026-03-29", "Europe/Warsaw", 0, "2026-03-28T23:00:00.000Z"],
  ["2026-03-29", "Europe/Warsaw", 1, "2026-03-29T22:00:00.000Z"],
  ["2026-10-25", "Europe/Warsaw", 1, "2026-10-25T23:00:00.000Z"],
  // There they change between midnight and midnight of UTC.
  ["2026-04-05", "Pacific/Auckland", 0, "2026-04-04T11:00:00.000Z"],
  ["2026-12-31", "America/New_York", 1, "2027-01-01T05:00:00.000Z"],
])("%s in %s, and %d days, begins at %s", (day, zone, days, at) => {
  expect(new Date(startOfDay(day, zone, days) ?? 0).toISOString()).toBe(at);
});

it.each(["", "2026-02-30", "2026-13-01", "26-1-1", "2026-01-15T00:00", "9999999-01-01"])("%p is no day", (text) => {
  expect(startOfDay(text, "UTC")).toBeUndefined();
});
