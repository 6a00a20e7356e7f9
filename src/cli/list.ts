import type { Api, Query } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import type { SagaPageJson, SagaSummaryJson } from './saga-json.ts';
import { toTable } from './table.ts';

/** Which sagas to list. */
export interface ListOptions {
  readonly filter: Query;
  /** At most so many. */
  readonly limit: number;
  readonly isJson: boolean;
}

/** What the API gives at once. */
const pageSize = 200;

/** `sagachart ls`: sagas that match, newest first. */
export async function list(io: Io, api: Api, { filter, limit, isJson }: ListOptions): Promise<ExitReason> {
  const sagas: SagaSummaryJson[] = [];
  // One more than asked for tells whether there are more.
  for await (const saga of eachSaga(api, filter, limit + 1)) {
    if (isJson && sagas.length < limit) io.out(JSON.stringify(saga));
    sagas.push(saga);
  }
  if (!isJson) print(io, sagas.slice(0, limit));
  if (sagas.length > limit) io.note(`there are more: --limit shows more than ${limit}`);
  return 'ok';
}

/** Sagas that match, newest first, at most `limit`; asks for pages as they are needed. */
export async function* eachSaga(api: Api, filter: Query, limit: number): AsyncGenerator<SagaSummaryJson> {
  let cursor: string | undefined;
  for (let left = limit; left > 0;) {
    const { sagas, next } = await api.get<SagaPageJson>('/v1/sagas', {
      ...filter,
      limit: Math.min(left, pageSize),
      cursor,
    });
    yield* sagas;
    if (next === null) return;
    cursor = next;
    left -= sagas.length;
  }
}

function print(io: Io, sagas: readonly SagaSummaryJson[]): void {
  if (sagas.length === 0) return io.note('no saga matches');
  const rows = sagas.map(({ id, definition, status, step, cause, error, createdAt, updatedAt }) => [
    id,
    `${definition.name}@${definition.version}`,
    status,
    step ?? '-',
    cause ?? '-',
    createdAt,
    updatedAt,
    error === null ? '' : `${error.code}: ${error.message}`,
  ]);
  for (const line of toTable(rows, ['id', 'saga', 'status', 'step', 'cause', 'started', 'moved', 'error']))
    io.out(line);
}
