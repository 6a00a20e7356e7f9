/** The same JSON with all keys in snake_case. */
export function toSnakeCase(value: unknown): unknown {
  return withKeys(value, (key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** The same JSON with all keys in camelCase. */
export function toCamelCase(value: unknown): unknown {
  return withKeys(value, (key) =>
    key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
  );
}

function withKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [rename(key), withKeys(inner, rename)]),
  );
}
