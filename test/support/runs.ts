/**
 * The number of runs of a property: a few hundred by default, so that the suite stays fast; the long mode sets `PAY_TEST_RUNS=10000`. Throws
 * unless it is a whole number, since any other value would run nothing and pass.
 */
export function testRuns(setting: string | undefined = process.env.PAY_TEST_RUNS, usual = 300): number {
  if (setting === undefined) return usual;
  if (!/^[1-9][0-9]{0,8}$/.test(setting)) throw new Error("PAY_TEST_RUNS must be a whole number from 1.");
  return Number(setting);
}
