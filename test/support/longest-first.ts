import sequencer from "@jest/test-sequencer";

// The types are those of the CommonJS entry, where the class is one step further in.
const Sequencer = sequencer as unknown as typeof sequencer.default;
type Tests = Parameters<InstanceType<typeof Sequencer>["sort"]>[0];

/** Tests that start servers, processes or browsers. */
const LONG = /[/\\](?:test|packages[/\\](?:postgres|testkit))[/\\]/;

/**
 * Starts the longest test files first, so that no worker runs one alone at the end. Jest does so by the times of the run before; a
 * fresh clone has none, and there Jest goes by the size of the files.
 */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const sorted = await super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const isLong = ({ path }: Tests[number]) => LONG.test(path);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
