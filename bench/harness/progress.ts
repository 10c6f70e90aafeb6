/** Reports the progress of a benchmark. */
export type Progress = (text: string) => void;

/** On a terminal, one line that is overwritten; elsewhere, one line each. On standard error, so that results can be piped. */
export function progressOf(name: string): Progress {
  const { isTTY } = process.stderr;
  return (text) => process.stderr.write(isTTY ? `\r\u001b[2K${name}: ${text}` : `${name}: ${text}\n`);
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
}
