import { Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { validator } from 'hono-openapi';
import { z } from 'zod';
import type { FeedPage } from '../runtime/journal-feed.ts';
import type { SagaChange } from '../runtime/saga-change.ts';
import { addressOf } from './address.ts';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { definitionName, sagaName } from './request-schemas.ts';
import type { StreamLimit } from './stream-limit.ts';
import { atTokenEnd } from './token-end.ts';

/** How often something is sent where nothing happens, so that a dead connection is found out; ms. */
const heartbeat = 15_000;

const StreamQuery = z.strictObject({
  sagaId: sagaName.exactOptional().meta({ description: 'Only what happens to this saga.' }),
  name: definitionName.exactOptional().meta({ description: 'Only sagas of this definition.' }),
});

const StreamHeaders = z
  .object({
    'last-event-id': z
      .string()
      .regex(/^\d{1,15}$/, 'not a position of the journal')
      .exactOptional()
      .meta({ description: 'Go on after this position of the journal; from now on when left out.' }),
  })
  .transform(({ 'last-event-id': id }) => (id === undefined ? {} : { after: Number(id) }));

/**
 * `GET /v1/stream`: server-sent events. `saga` tells of one move of one saga, its id is the position in the journal;
 * `open` comes first, `reset` where moves were left out because they are too far back.
 */
export function streamRoutes({ orchestrator, logger, now }: Api, limit: StreamLimit) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary: 'What happens to sagas, as server-sent events: `open`, `saga`, `reset`, `beat`',
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: 'text/event-stream' },
      problems: [400, 422, 429, 503],
    }),
    validator('query', StreamQuery, refuse),
    validator('header', StreamHeaders, refuse),
    async (c) => {
      const { tenant, subject } = c.var.caller;
      const { sagaId, name } = c.req.valid('query');
      const isWanted = (change: SagaChange) =>
        change.tenant === tenant &&
        (sagaId === undefined || change.id === sagaId) &&
        (name === undefined || change.name === name);
      // Nobody reads what comes after the headers: such a stream would have no end.
      if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
      const leave = limit.enter(subject ?? addressOf(c));
      const gone = new AbortController();
      const pages = orchestrator.changes.follow({ ...c.req.valid('header'), signal: gone.signal });
      // The first page is awaited here: where the store does not answer, the request fails as any other does.
      const first = await pages.next().catch((error: unknown) => {
        leave();
        throw error;
      });
      c.header('X-Accel-Buffering', 'no');
      const forget = atTokenEnd(c.var.caller, now(), () => gone.abort());
      const end = () => {
        gone.abort();
        forget();
        leave();
      };
      return streamSSE(
        c,
        async (stream) => {
          stream.onAbort(end);
          await tellAll(stream, { first, pages, isWanted }).finally(end);
        },
        (error) => {
          logger.warn({ err: error }, 'a stream ended');
          return Promise.resolve();
        },
      );
    },
  );
}

interface Telling extends Pick<Sending, 'isWanted'> {
  readonly first: IteratorResult<FeedPage>;
  readonly pages: AsyncGenerator<FeedPage>;
}

/** Tells page after page, until there are no more. */
async function tellAll(stream: SSEStreamingApi, { first, pages, isWanted }: Telling): Promise<void> {
  let position = 0;
  const tell = async (page: FeedPage, isFirst: boolean) => {
    ({ position } = page);
    await send(stream, page, { isWanted, isFirst });
  };
  const beats = setInterval(() => void beat(stream, position), heartbeat);
  try {
    if (first.done !== true) await tell(first.value, true);
    for await (const page of pages) await tell(page, false);
  } finally {
    clearInterval(beats);
  }
}

interface Sending {
  readonly isWanted: (change: SagaChange) => boolean;
  readonly isFirst: boolean;
}

async function send(
  stream: SSEStreamingApi,
  { changes, position, isTorn }: FeedPage,
  { isWanted, isFirst }: Sending,
): Promise<void> {
  if (isTorn) await stream.writeSSE({ event: 'reset', id: String(position), data: '{}' });
  if (isFirst) await stream.writeSSE({ event: 'open', id: String(position), data: '{}' });
  const wanted = changes.filter(isWanted);
  // One write for many: each costs a turn of the event loop.
  if (wanted.length > 0) await stream.write(wanted.map(toEvent).join(''));
}

/** Also says how far the journal was read, where nothing in it was wanted. */
function beat(stream: SSEStreamingApi, position: number): Promise<void> {
  return stream.writeSSE({ event: 'beat', id: String(position), data: '{}' });
}

/** Names and numbers only, and JSON has no line ends: nothing in it can end the event early. */
function toEvent({ position, tenant: _tenant, at, ...change }: SagaChange): string {
  const data = JSON.stringify({ ...change, at: new Date(at).toISOString() });
  return `id: ${position}\nevent: saga\ndata: ${data}\n\n`;
}
