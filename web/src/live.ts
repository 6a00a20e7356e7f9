import { signal } from '@preact/signals';
import type { Status } from './api.ts';
import { isOffline, request } from './http.ts';

/** One move of one saga, as the stream tells of it. */
export interface Change {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly status: Status;
  readonly state: string;
  readonly step: string | null;
  readonly cause: 'stepFailed' | 'cancelled' | 'timedOut' | 'operator' | null;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  /** When it began, where that is told of at the same time. */
  readonly startedAt?: string;
}

/** How the stream is: `live`, being opened again, or not there. */
export const connection = signal<'connecting' | 'live' | 'offline'>('connecting');

type Listener = (changes: readonly Change[], isReset: boolean) => void;

/** More sagas than this between two frames: whoever listens had better look again. */
const most = 5_000;
/** Nothing, not even a beat, for this long: the connection is dead; ms. */
const patience = 40_000;

const listeners = new Set<Listener>();
const returns = new Set<() => void>();
let isLost = false;
const pending = new Map<string, Change>();
let isReset = false;
let isPlanned = false;
let position = '';
let opened: AbortController | undefined;

/** Tells of what happens to sagas, at most once a frame and of each saga only the last; gives how to stop that. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Tells when the server is there again after it was not; gives how to stop that. */
export function onReturn(listener: () => void): () => void {
  returns.add(listener);
  return () => void returns.delete(listener);
}

let wasOffline = false;
isOffline.subscribe((isNow) => {
  if (wasOffline && !isNow) tellReturn();
  wasOffline = isNow;
});

function tellReturn(): void {
  for (const listener of returns) listener();
}

/** Opens the stream, and again whenever it ends. Called again (with another token, say) it begins anew. */
export function openStream(): void {
  opened?.abort();
  opened = new AbortController();
  void keepOpen(opened.signal);
}

async function keepOpen(end: AbortSignal): Promise<void> {
  for (let failures = 0; !end.aborted;) {
    try {
      await readStream(end, () => (failures = 0));
    } catch {
      // What went wrong is seen by whoever asks for more than the stream.
    }
    if (end.aborted) return;
    isLost = true;
    connection.value = failures > 1 ? 'offline' : 'connecting';
    failures += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** failures, 10_000)));
  }
}

async function readStream(end: AbortSignal, onOpen: () => void): Promise<void> {
  const silence = new AbortController();
  const dead = () => silence.abort();
  let timer = setTimeout(dead, patience);
  try {
    const { body } = await request('/v1/stream', {
      signal: AbortSignal.any([end, silence.signal]),
      headers: position === '' ? {} : { 'Last-Event-ID': position },
    });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ''; reader !== undefined;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(dead, patience);
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) take(block, onOpen);
    }
  } finally {
    clearTimeout(timer);
  }
}

function take(block: string, onOpen: () => void): void {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const event = fields.get('event');
  const before = position;
  position = fields.get('id') ?? position;
  if (event === 'open') {
    // Whatever happened while nobody listened is told after the position, or is reset. A journal that is shorter is another one.
    if (Number(position) < Number(before)) lose();
    connection.value = 'live';
    onOpen();
    if (isLost) tellReturn();
    isLost = false;
  } else if (event === 'reset') lose();
  else if (event === 'saga') {
    const change = JSON.parse(fields.get('data') ?? '{}') as Change;
    if (pending.size >= most) lose();
    else pending.set(change.id, withStart(change, pending.get(change.id)));
    plan();
  }
}

/** Of a saga only the last move is told, but its beginning is not forgotten over it. */
export function withStart(change: Change, before: Change | undefined): Change {
  const startedAt = change.seq === 1 ? change.at : before?.startedAt;
  return startedAt === undefined ? change : { ...change, startedAt };
}

function lose(): void {
  pending.clear();
  isReset = true;
  plan();
}

/** A page that nobody sees has no frames, and need not be told before somebody does. */
function plan(): void {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(() => {
    isPlanned = false;
    const changes = [...pending.values()];
    const wasReset = isReset;
    pending.clear();
    isReset = false;
    for (const listener of listeners) listener(changes, wasReset);
  });
}
