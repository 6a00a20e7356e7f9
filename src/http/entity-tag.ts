/** A saga's version as an entity tag. */
export function toEntityTag(version: number): string {
  return `"${version}"`;
}

/** Whether `If-None-Match` names this version, also in a list, weakened by a proxy, or as `*` (RFC 9110 §13.1.2). */
export function isNotModified(header: string | undefined, version: number): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(toEntityTag(version));
}
