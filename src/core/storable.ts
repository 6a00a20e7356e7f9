/** How deep stored JSON may nest; deeper values threaten every recursive reader behind us. */
const MAX_DEPTH = 64;

/** Keys that pollute prototypes when somebody merges the object naively. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** NUL, which PostgreSQL text cannot hold, and lone surrogates, which UTF-8 cannot. */
const UNSTORABLE_TEXT = /[\u0000\p{Cs}]/u;

/** What people and log viewers cannot read: control characters but tab and line feed, and lone surrogates. */
const UNPRINTABLE_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f\p{Cs}]/gu;

/** Says whether every database and every reader can hold a parsed JSON value (`unstorableReason` says why not). */
export function isStorable(value: unknown): boolean {
  return unstorableReason(value) === undefined;
}

/**
 * Says why a parsed JSON value must not be stored: NUL or a lone surrogate in a string or key, a number beyond the
 * range of a double, nesting deeper than 64, or a key that pollutes prototypes. `undefined`: it may be stored.
 * The reason never quotes the value, so that it can itself be stored.
 */
export function unstorableReason(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return textReason(value);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is out of range';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `it nests deeper than ${MAX_DEPTH}`;
  return Array.isArray(value) ? arrayReason(value, depth) : objectReason(value, depth);
}

/**
 * Makes any text fit to be stored, logged and shown: control characters and lone surrogates become U+FFFD, line ends
 * LF, the rest is cut after `maxLength` UTF-16 units.
 */
export function sanitiseText(text: string, maxLength = 1000): string {
  return text.slice(0, maxLength).replace(/\r\n?/g, '\n').replace(UNPRINTABLE_TEXT, '\ufffd');
}

function arrayReason(items: readonly unknown[], depth: number): string | undefined {
  for (const item of items) {
    const reason = unstorableReason(item, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function objectReason(object: object, depth: number): string | undefined {
  for (const [key, item] of Object.entries(object)) {
    if (FORBIDDEN_KEYS.has(key)) return `the key ${key} is not allowed`;
    const reason = textReason(key) ?? unstorableReason(item, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function textReason(text: string): string | undefined {
  return UNSTORABLE_TEXT.test(text) ? 'a text contains NUL or a lone surrogate' : undefined;
}
