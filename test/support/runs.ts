/**
 * How often a property is tried. A few hundred times by default, so that the suite stays quick; the long mode sets
 * `PAY_TEST_RUNS=10000`. Anything but a whole number would try nothing and pass, so it throws.
 */
export function testRuns(setting: string | undefined = process.env.PAY_TEST_RUNS, usual = 300): number {
  if (setting === undefined) return usual;
  if (!/^[1-9][0-9]{0,8}$/.test(setting)) throw new Error("PAY_TEST_RUNS must be a whole number from 1.");
  return Number(setting);
}
