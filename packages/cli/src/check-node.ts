/** Node.js strips types and runs `node:sqlite` without a flag from here on. */
const OLDEST = [22, 18] as const;

/** What to say on a Node.js that cannot run `pay`, or `undefined`. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `pay runs on Node.js ${OLDEST.join(".")} or newer, and this is ${version}: install a current Node.js 24.`;
}
