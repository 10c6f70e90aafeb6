import { fieldName } from "../adapter/parse-input.ts";
import { PayError } from "../model/errors.ts";

/** Everything that is wrong with a configuration, told at once: paths and remedies, never values. */
export interface Problems {
  add(path: readonly string[], remedy: string): void;
  /** Whether there is one at this path or below. */
  at(path: readonly string[]): boolean;
  /** @throws PayError `INVALID_CONFIG` if there are any */
  check(): void;
}

export function createProblems(): Problems {
  const found: { readonly field: string; readonly remedy: string }[] = [];
  const fieldOf = (path: readonly string[]) => path.map(fieldName).join(".");
  return {
    add(path, remedy) {
      found.push({ field: fieldOf(path), remedy });
    },
    at(path) {
      const field = fieldOf(path);
      return found.some((problem) => problem.field === field || problem.field.startsWith(`${field}.`));
    },
    check() {
      if (found.length === 0) return;
      const lines = found.map(({ field, remedy }) => `- ${field}: ${remedy}`);
      const fields = [...new Set(found.map(({ field }) => field))];
      throw new PayError("INVALID_CONFIG", `The configuration cannot be used:\n${lines.join("\n")}`, {
        field: fields[0],
        fields,
      });
    },
  };
}
