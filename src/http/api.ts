import type { Logger } from '../core/logger.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';

/** What every route works with. */
export interface Api {
  readonly orchestrator: Orchestrator;
  readonly tenant: string;
  readonly logger: Logger;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** What middlewares leave for the routes behind them, in Hono's form. */
// A type alias: Hono's `Env` wants an index signature, which interfaces do not have.
// oxlint-disable-next-line typescript/consistent-type-definitions
export type ApiEnv = { Variables: { requestId: string } };
