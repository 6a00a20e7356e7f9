/** JSON with the keys of objects in order: the same for values that differ only in that. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    const isPlain = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return isPlain
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  });
}
