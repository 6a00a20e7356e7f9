import { api } from './api.ts';

/** Drawings that were fetched, by address; the oldest go first. */
const kept = new Map<string, Promise<string>>();
const most = 40;

/** A drawing as text. `version` tells apart what an address shows at different times. Throws `Problem`. */
export function fetchDrawing(
  address: string,
  version: string | number,
  signal?: AbortSignal,
): Promise<string> {
  const key = `${address} ${version}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const fetched = api.drawing(address, signal);
  const forget = () => void kept.delete(key);
  kept.set(key, fetched);
  // Whoever comes back to it before the request is really gone begins anew.
  signal?.addEventListener('abort', forget);
  fetched.then(() => signal?.removeEventListener('abort', forget), forget);
  const [oldest] = kept.keys();
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
  return fetched;
}

/** What a drawing may consist of. Everything else is left out, whoever drew it. */
const allowed = new Set(['svg', 'g', 'rect', 'path', 'circle', 'text', 'title', 'desc']);

/**
 * A drawing as elements of the page: without its own style (the page has it, its policy forbids others), and as a tree
 * of states that can be walked through by keyboard and be read out.
 */
export function toElements(text: string): SVGSVGElement | undefined {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  if (parsed.localName !== 'svg') return undefined;
  const svg = document.importNode(parsed, true) as unknown as SVGSVGElement;
  for (const element of [svg, ...svg.querySelectorAll('*')]) {
    if (!allowed.has(element.localName)) element.remove();
    for (const name of element.getAttributeNames())
      if (/^on|href|^style$/i.test(name)) element.removeAttribute(name);
  }
  svg.setAttribute('role', 'tree');
  svg.setAttribute('aria-label', 'Statechart: arrow keys walk through the states, Enter tells more');
  for (const other of svg.querySelectorAll('.arrow, .initial, .legend, .heading'))
    other.setAttribute('aria-hidden', 'true');
  svg.querySelector(':scope > desc')?.remove();
  for (const [index, state] of statesOf(svg).entries()) {
    const id = state.dataset['state'] ?? '';
    state.setAttribute('role', 'treeitem');
    state.setAttribute('aria-level', String(id.split('.').length));
    // Its title says all that is written in it, and how it looks.
    for (const detail of state.querySelectorAll(':scope > text, :scope > .badge, :scope > .clock'))
      detail.setAttribute('aria-hidden', 'true');
    state.setAttribute('tabindex', index === 0 ? '0' : '-1');
  }
  return svg;
}

/** Where the saga is in a drawing. */
export function activeIn(svg: SVGSVGElement): SVGGElement | undefined {
  return svg.querySelector<SVGGElement>('g.state.active.leaf') ?? undefined;
}

/** The states of a drawing, parents before their children. */
export function statesOf(svg: SVGSVGElement): readonly SVGGElement[] {
  return [...svg.querySelectorAll<SVGGElement>('g.state[data-state]')];
}

/** The state to which an arrow key leads. */
export function neighbour(svg: SVGSVGElement, from: SVGGElement, key: string): SVGGElement | undefined {
  const states = statesOf(svg);
  const index = states.indexOf(from);
  const id = from.dataset['state'] ?? '';
  switch (key) {
    case 'ArrowDown':
      return states[index + 1];
    case 'ArrowUp':
      return states[index - 1];
    case 'ArrowLeft':
      return states.find((state) => state.dataset['state'] === id.slice(0, id.lastIndexOf('.')));
    case 'ArrowRight':
      return states.find((state) => state.dataset['state']?.startsWith(`${id}.`));
    case 'Home':
      return states[0];
    case 'End':
      return states.at(-1);
    default:
      return undefined;
  }
}
