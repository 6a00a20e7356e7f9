/** Everything but letters, digits, blanks and the punctuation that Mermaid reads as text between quotes. */
const special = /[^\p{L}\p{N} .,:_/()+*=!?'-]/gu;

/** Lone surrogates and what cannot be seen: a line feed would begin a new statement. */
const unseen = /[\p{C}\p{Z}]+/gu;

/** The longest label, in UTF-16 units. */
const maxLength = 160;

/** Any text as one line. */
export function toLine(text: string): string {
  return text.slice(0, maxLength).replace(unseen, ' ').trim();
}

/** Any text as part of a label between quotes: no character of it can end the label or begin a statement. */
export function toLabel(text: string): string {
  return toLine(text).replace(special, (character) => `#${character.codePointAt(0) ?? 0};`);
}

/** Any text as part of an arrow's label, which a colon would end. */
export function toArrowLabel(text: string): string {
  return toLabel(text).replaceAll(':', '#58;');
}

/** Gives every path an identifier of its own that Mermaid can read; the same for the same paths. */
export function toIdentifiers(paths: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const identifiers = new Map<string, string>();
  for (const path of paths) {
    const wanted = path.replace(/[^A-Za-z0-9_]/g, '_');
    let identifier = wanted;
    for (let count = 2; taken.has(identifier); count += 1) identifier = `${wanted}_${count}`;
    taken.add(identifier);
    identifiers.set(path, identifier);
  }
  return identifiers;
}
