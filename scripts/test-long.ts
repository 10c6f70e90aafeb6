// The long campaigns: the same tests with many more runs. Arguments are passed on to jest.
import { ROOT, run } from "./packages.ts";

process.env.PAY_TEST_RUNS ??= "10000";
process.env.PAY_TEST_LONG ??= "1";
const jest = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", "node_modules/jest/bin/jest.js"];
run(process.execPath, [...jest, "--verbose", "--testTimeout=600000", ...process.argv.slice(2)], ROOT);
