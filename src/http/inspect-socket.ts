import { upgradeWebSocket } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { validator } from 'hono-openapi';
import type { WSContext } from 'hono/ws';
import { z } from 'zod';
import type { Api, ApiEnv } from './api.ts';
import { InspectFeed } from './inspect-feed.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { definitionName, sagaName } from './request-schemas.ts';
import { redactFor } from './security-redaction.ts';
import { atTokenEnd } from './token-end.ts';

/** Who may look at sagas with an inspector of XState 4. */
export interface InspectOptions {
  /**
   * Pages that may connect, by their origin, such as `https://stately.ai`: a browser lets any page connect to this
   * machine. Programs have no origin, and may.
   */
  readonly origins: readonly string[];
}

/** What the routes of an inspector need to know of the app. */
export interface InspectRoutesOptions {
  /** There is no inspecting when left out. */
  readonly inspect: InspectOptions | undefined;
  readonly redact: readonly string[] | undefined;
}

const InspectQuery = z.strictObject({
  sagaId: sagaName.exactOptional().meta({ description: 'Only this saga; the newest when left out.' }),
  name: definitionName.exactOptional().meta({ description: 'Only sagas of this definition.' }),
});

/** `GET /v1/inspect`: a WebSocket that speaks the protocol of `@xstate/inspect` 0.8. */
export function inspectSocketRoutes(api: Api, { inspect, redact }: InspectRoutesOptions) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary: 'A WebSocket for inspectors of XState 4 (`@xstate/inspect` 0.8); where it is turned on',
      tag: 'system',
      role: 'viewer',
      answers: {},
      problems: [403, 404, 422, 426],
    }),
    validator('query', InspectQuery, refuse),
    onlyInspectors(inspect),
    upgradeWebSocket((c: Context<ApiEnv>) => {
      const { caller } = c.var;
      const filter = InspectQuery.parse(c.req.query());
      const feed = new InspectFeed(api, {
        ...filter,
        tenant: caller.tenant,
        see: redactFor(caller, redact),
      });
      const forget = atTokenEnd(caller, api.now(), () => feed.close());
      let isBegun = false;
      return {
        onMessage: ({ data }, socket) => {
          if (isBegun || !isInspecting(data)) return;
          isBegun = true;
          void run(feed, socket, api);
        },
        onClose: () => {
          forget();
          feed.close();
        },
      };
    }),
  );
}

async function run(feed: InspectFeed, socket: WSContext, { logger }: Api): Promise<void> {
  try {
    for await (const message of feed.messages()) socket.send(JSON.stringify(message));
    socket.close(1001, 'the node is closing');
  } catch (error) {
    logger.warn({ err: error }, 'an inspector was left alone');
    socket.close(1011, 'there is nothing to show');
  }
}

/** What an inspector sends first. Whatever else it sends, such as events for a saga, is not listened to. */
function isInspecting(data: unknown): boolean {
  try {
    return (JSON.parse(String(data)) as { readonly type?: unknown } | null)?.type === 'xstate.inspecting';
  } catch {
    return false;
  }
}

function onlyInspectors(inspect: InspectOptions | undefined): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (inspect === undefined)
      throw new HttpProblem({
        status: 404,
        code: 'inspect_off',
        detail: 'Inspecting is not turned on here.',
      });
    if (!isFromThisMachine(c)) throw forbidden('inspect_not_local', 'Inspecting is for this machine only.');
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== new URL(c.req.url).origin && !inspect.origins.includes(origin))
      throw forbidden('origin_not_allowed', 'This page may not look at sagas.');
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket')
      throw new HttpProblem({
        status: 426,
        code: 'upgrade_required',
        detail: 'This is a WebSocket.',
        headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
      });
    await next();
  };
}

function isFromThisMachine(c: Context): boolean {
  try {
    return /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/.test(getConnInfo(c).remote.address ?? '');
  } catch {
    // Not behind Node's own server: nobody knows where it came from.
    return false;
  }
}

function forbidden(code: string, detail: string): HttpProblem {
  return new HttpProblem({ status: 403, code, detail });
}
