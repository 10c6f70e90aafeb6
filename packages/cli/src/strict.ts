import { parseArgs } from "node:util";
import { type ArgsDef, type CommandDef, renderUsage } from "citty";

/**
 * The command, which refuses unknown arguments with its usage and exit code 1. citty ignores them, so a misspelt option would have
 * no effect.
 */
export function strict<T extends ArgsDef>(command: CommandDef<T>): CommandDef<T> {
  return {
    ...command,
    async run(context) {
      const wrong = problemOf(context.rawArgs, command.args as ArgsDef);
      if (wrong === undefined) return command.run?.(context);
      process.stderr.write(`${await renderUsage(command, { meta: { name: "npx @pay/cli" } })}\n${wrong}\n`);
      process.exitCode = 1;
    },
  };
}

function problemOf(args: string[], defined: ArgsDef): string | undefined {
  const named = Object.entries(defined).filter(([, { type }]) => type !== "positional");
  const names = Object.keys(defined).length - named.length;
  const typeOf = (type: string | undefined) => (type === "boolean" ? type : "string");
  const options = Object.fromEntries(named.map(([name, { type }]) => [name, { type: typeOf(type) } as const]));
  try {
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length > names) return names === 0 ? "It takes options only." : "It takes one name.";
    const empty = Object.keys(values).find((name) => values[name] === "");
    return empty && `--${empty} must not be empty.`;
  } catch (error) {
    return (error as Error).message;
  }
}
