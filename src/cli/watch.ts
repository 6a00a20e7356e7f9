import { setTimeout as wait } from 'node:timers/promises';
import { type Api, type Query, sagaPath } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { poll } from './poll.ts';
import { isSettled, type SagaJson, type SagaPageJson, type SagaSummaryJson, toLine } from './saga-json.ts';

/** How to watch. */
export interface WatchOptions {
  /** How often to look; ms. */
  readonly interval: number;
  /** How long at most; ms. */
  readonly timeout: number | undefined;
  readonly isJson: boolean;
}

/** `sagachart watch ID`: a line each time the saga moved, until it is settled; the process ends as the saga does. */
export async function watchOne(io: Io, api: Api, id: string, options: WatchOptions): Promise<ExitReason> {
  const print = printer(io, options.isJson);
  const settled = await poll(io, options, async () => {
    const saga = await api.get<SagaJson>(sagaPath(id));
    print([saga]);
    return isSettled(saga) ? saga : undefined;
  });
  return settled.status === 'completed' ? 'ok' : 'failed';
}

/** `sagachart watch`: a line each time one of the newest sagas that match moved, until it is interrupted. */
export async function watchMany(io: Io, api: Api, filter: Query, options: WatchOptions): Promise<ExitReason> {
  const print = printer(io, options.isJson);
  const end = options.timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.timeout;
  while (performance.now() < end) {
    const look = () => api.get<SagaPageJson>('/v1/sagas', { ...filter, limit: 200 });
    const { sagas } = await poll(io, { ...options, timeout: undefined }, look);
    print(sagas.toReversed());
    await wait(options.interval);
  }
  return 'ok';
}

/** Prints those sagas that are not as they were when it looked last. */
function printer(io: Io, isJson: boolean): (sagas: readonly SagaSummaryJson[]) => void {
  let before: ReadonlyMap<string, number> = new Map();
  return (sagas) => {
    for (const saga of sagas) {
      if (before.get(saga.id) === saga.version) continue;
      io.out(isJson ? JSON.stringify(saga) : `${saga.updatedAt}  ${toLine(saga)}`);
    }
    before = new Map(sagas.map(({ id, version }) => [id, version]));
  };
}
