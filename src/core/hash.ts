/** A 32-bit hash of a text (FNV-1a with a final mix); spreads well, and is no protection against anyone. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A 96-bit fingerprint of a text as 24 hex digits; for telling texts apart, not for security. */
export function fingerprint(text: string): string {
  return ['a', 'b', 'c']
    .map((salt) =>
      hash32(salt + text)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}
