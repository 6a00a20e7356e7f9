import { setTimeout as wait } from 'node:timers/promises';
import { type Api, sagaPath } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { poll } from './poll.ts';
import { type EntryJson, type HistoryPageJson, isClosed } from './saga-json.ts';

/** Which part of a journal to print. */
export interface EventsOptions {
  readonly id: string;
  /** Only what came after this position. */
  readonly after: number;
  /** Go on until the saga is closed. */
  readonly follows: boolean;
  /** How often to look for more; ms. */
  readonly interval: number;
  readonly isJson: boolean;
}

/** `sagachart events`: a saga's journal, oldest first. */
export async function events(
  io: Io,
  api: Api,
  { id, after, follows, interval, isJson }: EventsOptions,
): Promise<ExitReason> {
  let position = after;
  for (;;) {
    const page = await nextPage(io, api, { id, after: position, interval });
    for (const entry of page.items) io.out(isJson ? JSON.stringify(entry) : toLine(entry));
    position = page.items.at(-1)?.seq ?? position;
    if (page.nextAfter !== null) continue;
    if (!follows || (await isOver(api, id, position, page.items.at(-1)))) return 'ok';
    await wait(interval);
  }
}

function nextPage(
  io: Io,
  api: Api,
  { id, after, interval }: Pick<EventsOptions, 'id' | 'after' | 'interval'>,
): Promise<HistoryPageJson> {
  return poll(io, { interval, timeout: undefined }, () =>
    api.get<HistoryPageJson>(`${sagaPath(id)}/history`, { after }),
  );
}

/** A closed saga's journal has a last line, after which none comes. */
async function isOver(api: Api, id: string, position: number, last: EntryJson | undefined): Promise<boolean> {
  if (last !== undefined) return isClosed(last);
  const saga = await api.get<Pick<EntryJson, 'status'> & { readonly version: number }>(sagaPath(id));
  return isClosed(saga) && saga.version <= position;
}

function toLine({ seq, at, type, state, data }: EntryJson): string {
  const facts = Object.entries(data)
    .filter(([name]) => ['actor', 'reason', 'as', 'attempt', 'error'].includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return plain([String(seq).padStart(4), at, type.padEnd(28), state, ...facts].join('  '));
}
