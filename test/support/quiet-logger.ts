import type { LogFields, Logger } from "@pay/core";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** Prints nothing and keeps all lines. */
export interface QuietLogger extends Logger {
  readonly lines: readonly LogLine[];
}

export function quietLogger(): QuietLogger {
  const lines: LogLine[] = [];
  const write = (level: LogLine["level"]) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields });
  };
  return { lines, info: write("info"), warn: write("warn"), error: write("error") };
}
