import { goalText, holds, type Row } from "./benchmark.ts";

/** Formats the rows with their goals, and whether each goal is met. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { detail, goal, measured, what } = row;
    const number = (value: number) => `${value.toFixed(2)}${goal.unit}`;
    return [
      holds(row) ? "holds " : "MISSED",
      `${number(measured.median)} (${measured.lowest.toFixed(2)}–${measured.highest.toFixed(2)})`,
      goalText(goal),
      what,
      detail,
    ];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
