import type { Logger } from '../core/logger.ts';
import type { ConformanceStanding } from '../proof/conformance-walker.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import type { Caller } from './auth-identity.ts';

/** What every route works with. Whose sagas a request is about says its caller: `c.var.caller.tenant`. */
export interface Api {
  readonly orchestrator: Orchestrator;
  readonly logger: Logger;
  /** What is known of how stored sagas conform to their journals; `undefined`: nobody looks here. */
  readonly conformance?: ConformanceSource | undefined;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Whoever looks whether stored sagas are what their journals make of them; a `ConformanceWalker` is one. */
export interface ConformanceSource {
  readonly standing: ConformanceStanding;
}

/** What middlewares leave for the routes behind them, in Hono's form. */
// A type alias: Hono's `Env` wants an index signature, which interfaces do not have.
// oxlint-disable-next-line typescript/consistent-type-definitions
export type ApiEnv = { Variables: { requestId: string; caller: Caller } };
