import { NotFoundError, UnavailableError } from '../core/errors.ts';
import { pause } from './retrying-fetch.ts';
import { readServerSent } from './server-sent.ts';

/** A saga moved: a line of its journal, without its data. */
export interface SagaMove {
  /** Counts from 1, without gaps. */
  readonly seq: number;
  /** What moved it: `charge.refused`, `cancel`. */
  readonly type: string;
  readonly status: string;
  /** Where it is since: `compensating.reserve.executing`. */
  readonly state: string;
  /** An ISO time. */
  readonly at: string;
}

/** From where on, and until when. */
export interface FollowOptions {
  /** Only what comes after this position of the journal; 0, the default: everything. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** How moves are had. */
export interface MoveSource {
  /** Moves after a position; waits for one where there is none yet. */
  readonly journal: (after: number, options: { readonly wait: boolean }) => Promise<readonly SagaMove[]>;
  /** Opens the stream of one saga's moves, from an earlier event of it on. Rejects with `NotFoundError` where there is none. */
  readonly stream: (lastEventId: string) => Promise<ReadableStream<Uint8Array>>;
}

/** Before a broken stream is opened again; ms. */
const reopenAfter = 500;

/**
 * Each move of a saga once, in order, until it is closed. The stream says when there is something new, the journal what
 * it is: so nothing is missed where the stream breaks, or where there is none.
 */
export async function* followMoves(
  { journal, stream }: MoveSource,
  { after = 0, signal }: FollowOptions,
): AsyncGenerator<SagaMove, void> {
  const position: Position = { seq: after, lastEventId: '' };
  for (;;) {
    // Opened first: what happens while the journal is read is then in the stream.
    const opened = await stream(position.lastEventId).catch(noStream);
    if (yield* readOn(journal, position, opened === undefined)) return;
    if (opened === undefined) continue;
    for await (const _hint of hintsOf(opened, position)) if (yield* readOn(journal, position, false)) return;
    await pause(reopenAfter, signal);
  }
}

/** How far it has got. */
interface Position {
  seq: number;
  lastEventId: string;
}

/** What is new in the journal; true once the saga is closed. */
async function* readOn(
  journal: MoveSource['journal'],
  position: Position,
  wait: boolean,
): AsyncGenerator<SagaMove, boolean> {
  for (const move of await journal(position.seq, { wait })) {
    position.seq = move.seq;
    yield move;
    if (isClosed(move)) return true;
  }
  return false;
}

/** Tells each time the stream knows more than was read. Ends with it, or when it breaks. */
async function* hintsOf(body: ReadableStream<Uint8Array>, position: Position): AsyncGenerator<true, void> {
  const events = readServerSent(body);
  try {
    for (;;) {
      const { done, value } = await events.next().catch(() => ({ done: true, value: undefined }) as const);
      if (done === true || value === undefined) return;
      position.lastEventId = value.id;
      const isNew = value.event === 'saga' && (JSON.parse(value.data) as SagaMove).seq > position.seq;
      // `reset`: moves were left out.
      if (isNew || value.event === 'reset') yield true;
    }
  } finally {
    await events.return();
  }
}

async function noStream(error: unknown): Promise<undefined> {
  if (error instanceof NotFoundError || error instanceof UnavailableError) return undefined;
  throw error;
}

function isClosed({ status }: SagaMove): boolean {
  return status === 'completed' || status === 'compensated' || status === 'abandoned';
}
