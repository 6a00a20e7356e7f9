import { DefinitionError } from './errors.ts';

/** What stands where something was left out. */
export const redacted = '[redacted]';

/** Gives a JSON value as those may see it who must not see all of it. */
export type Redact = (value: unknown) => unknown;

const part = /^(?:\*|[^.*\s]+)$/;

/**
 * Rules such as `card.number` or `*.iban`: each names the end of a path, `*` stands for any one name, places in lists do not
 * count, and neither does the case. What a rule leads to is left out, with everything in it, wherever it is found:
 * a saga's input has another path in its journal than in its snapshot. Throws `DefinitionError` for what is no rule.
 */
export function toRedact(rules: readonly string[]): Redact {
  const paths = rules.map(toPath);
  return paths.length === 0 ? (value) => value : (value) => walk(value, [], paths);
}

/** A rule's names, the last one first. */
function toPath(rule: string): readonly string[] {
  const parts = rule.trim().toLowerCase().split('.');
  if (parts.every((name) => part.test(name))) return parts.toReversed();
  throw new DefinitionError(
    `'${rule}' is no rule of redaction: write names with dots between, such as card.number or *.iban`,
  );
}

function walk(value: unknown, at: readonly string[], paths: readonly (readonly string[])[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => walk(item, at, paths));
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const here = [name.toLowerCase(), ...at];
    const isHidden = paths.some((path) => endsAt(path, here));
    return [name, isHidden && inner !== null ? redacted : walk(inner, here, paths)];
  });
  return Object.fromEntries(entries);
}

function endsAt(path: readonly string[], here: readonly string[]): boolean {
  return path.length <= here.length && path.every((name, index) => name === '*' || name === here[index]);
}
