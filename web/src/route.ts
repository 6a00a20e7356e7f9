import { signal } from '@preact/signals';

/** Where the page's own addresses begin. */
const base = '/ui/';

/** What the address says. */
export interface Place {
  /** The words after `/ui/`: `['sagas', 'a1']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Where the page is. */
export const place = signal<Place>(read());

/** The address of a place in the page; parameters without a value are left out. */
export function hrefTo(
  path: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  const search = new URLSearchParams(given).toString();
  return `${base}${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

/** Goes to an address of the page; `replace`: the browser's back does not lead to where it was. */
export function navigate(href: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  place.value = read();
}

/** The address as it is, with one parameter changed; `undefined` takes it out. */
export function withQuery(changes: Readonly<Record<string, string | number | undefined>>): string {
  const { path, query } = place.value;
  return hrefTo(path, { ...Object.fromEntries(query), ...changes });
}

/** Follows links and the browser's buttons without loading the page again. */
export function followLinks(): void {
  addEventListener('popstate', () => (place.value = read()));
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]');
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== window.location.origin || !link.pathname.startsWith(base)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

function read(): Place {
  const { pathname, search } = window.location;
  const path = pathname
    .slice(base.length)
    .split('/')
    .filter((word) => word !== '');
  return { path: path.map(decode), query: new URLSearchParams(search) };
}

/** An address may be cut off in the middle of an escape. */
function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
