/** Where an arrow is drawn: in which box (`null`: at the top), and between which two of its children. */
export interface LiftedEnds {
  readonly scope: string | null;
  readonly source: string;
  readonly target: string;
}

/**
 * The ends of an arrow, lifted to the children of the innermost box around both. An arrow to itself, or outward to a
 * box around it, is drawn at the inner end.
 */
export function lift(source: string, target: string): LiftedEnds {
  const from = source.split('.');
  const to = target.split('.');
  const differs = from.findIndex((word, index) => word !== to[index]);
  const depth = differs < 0 ? from.length - 1 : Math.min(differs, to.length - 1);
  const scope = from.slice(0, depth).join('.');
  return {
    scope: scope === '' ? null : scope,
    source: from.slice(0, depth + 1).join('.'),
    target: to.slice(0, depth + 1).join('.'),
  };
}
