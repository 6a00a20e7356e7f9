/** A query under a name. */
export interface View {
  readonly name: string;
  readonly query: string;
  /** Somebody saved it here. */
  readonly isOwn?: true;
}

const storageKey = 'sagachart.views';

const given: readonly View[] = [
  { name: 'All sagas', query: '' },
  { name: 'Under way', query: 'status:running,compensating' },
  { name: 'Waiting for a person', query: 'status:failed' },
  { name: 'Stuck', query: 'stuck:5m' },
  { name: 'Turned back, last hour', query: 'status:compensated since:1h' },
  { name: 'Overridden', query: 'overridden:true' },
];

/** All views: those that are always there, and those of this browser. */
export function readViews(): readonly View[] {
  return [...given, ...readOwn()];
}

/** Keeps a view in this browser; one of the same name is replaced. */
export function saveView({ name, query }: View): readonly View[] {
  return write([
    ...readOwn().filter((view) => view.name !== name),
    { name: name.slice(0, 80), query, isOwn: true },
  ]);
}

/** Forgets a view of this browser. */
export function removeView(name: string): readonly View[] {
  return write(readOwn().filter((view) => view.name !== name));
}

function write(own: readonly View[]): readonly View[] {
  localStorage.setItem(storageKey, JSON.stringify(own));
  return readViews();
}

function readOwn(): readonly View[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter(isView).map(({ name, query }) => ({ name, query, isOwn: true }))
      : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is View {
  const { name, query } = (value ?? {}) as Partial<Record<keyof View, unknown>>;
  return typeof name === 'string' && typeof query === 'string';
}
