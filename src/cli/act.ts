import type { OperatorAction } from '../core/transition.ts';
import { ApiProblem } from './api-problem.ts';
import { type Api, type Query, sagaPath } from './api.ts';
import { startBatch } from './batch.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { eachSaga } from './list.ts';
import { previewAction } from './preview.ts';
import { toProgress } from './progress.ts';
import { type SagaJson, type SagaPageJson, toLine } from './saga-json.ts';

/** What an operator wants, and of which sagas. */
export interface ActOptions {
  readonly action: OperatorAction;
  /** `-`: one a line on stdin. */
  readonly ids: readonly string[];
  /** Instead of ids: all sagas that match. */
  readonly query: Query | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** Refuse unless the saga is at this version. */
  readonly ifVersion: number | undefined;
  /** Do not ask before acting on several. */
  readonly isSure: boolean;
  /** Let the node do it. */
  readonly isBatch: boolean;
  /** Only say what would be done. */
  readonly isDryRun: boolean;
  /** Do not wait for the end of a batch. */
  readonly isDetached: boolean;
  readonly isJson: boolean;
}

/** How many sagas are acted on at once. */
const concurrency = 8;

/** `sagachart cancel` and its like: acts on one saga or on many; goes on when some of them refuse. */
export async function act(io: Io, api: Api, options: ActOptions): Promise<ExitReason> {
  if (options.isBatch && !options.isDryRun) return actAsBatch(io, api, options);
  const ids = await targets(io, api, options);
  if (ids.length === 0) {
    io.note('no saga matches');
    return 'ok';
  }
  if (options.isDryRun) return previewAction(io, api, { ...options, ids });
  if (ids.length > 1 || options.query !== undefined) await confirm(io, options, String(ids.length));
  const failures = await actOnAll(io, api, options, ids);
  if (ids.length > 1) io.note(`${options.action}: ${ids.length - failures.length} of ${ids.length} accepted`);
  const [first] = failures;
  if (first === undefined) return 'ok';
  if (ids.length === 1) throw first;
  return failures.every(({ reason }) => reason === first.reason) ? first.reason : 'failed';
}

async function actAsBatch(io: Io, api: Api, options: ActOptions): Promise<ExitReason> {
  const { action, query, body, ifVersion, isDetached, isJson } = options;
  if (ifVersion !== undefined) throw new CliError('usage', '--if-version is of one saga, not of a batch');
  const given = { action, body, isDetached, isJson };
  if (query !== undefined && options.ids.length === 0) {
    const { counts } = await api.get<SagaPageJson>('/v1/sagas', { ...query, limit: 1 });
    await confirm(io, options, counts === undefined ? 'all matching' : String(countOf(counts, query)));
    return startBatch(io, api, { ...given, sagas: { filter: query } });
  }
  const ids = await targets(io, api, options);
  await confirm(io, options, String(ids.length));
  return startBatch(io, api, { ...given, sagas: { ids } });
}

/** How many sagas of the statuses that are asked for. */
function countOf(counts: NonNullable<SagaPageJson['counts']>, { status }: Query): number {
  const wanted = status === undefined ? undefined : String(status).split(',');
  return Object.entries(counts)
    .filter(([name]) => wanted?.includes(name) ?? true)
    .reduce((sum, [, count]) => sum + count, 0);
}

async function targets(io: Io, api: Api, { ids, query }: ActOptions): Promise<readonly string[]> {
  if ((ids.length === 0) === (query === undefined))
    throw new CliError('usage', 'name sagas by id, or with --query; one of both');
  const found: string[] = [];
  if (query !== undefined)
    for await (const { id } of eachSaga(api, query, Number.POSITIVE_INFINITY)) found.push(id);
  for (const id of ids) found.push(...(id === '-' ? (await io.readInput()).split(/\s+/) : [id]));
  const named = [...new Set(found)].filter((id) => id !== '');
  // All are looked at before the first one is acted on.
  for (const id of named) sagaPath(id);
  return named;
}

async function confirm(io: Io, { action, isSure }: ActOptions, count: string): Promise<void> {
  if (isSure) return;
  if (io.ask === undefined) {
    throw new CliError('usage', `${action} ${count} sagas? There is nobody to ask here`, {
      advice: ['--yes says that you are sure.'],
    });
  }
  const answer = await io.ask(`${action} ${count} sagas? [y/N] `);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliError('failed', 'nothing was done');
}

async function actOnAll(
  io: Io,
  api: Api,
  options: ActOptions,
  ids: readonly string[],
): Promise<readonly CliError[]> {
  const waiting = [...ids];
  const failures: CliError[] = [];
  let done = 0;
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const failure = await actOn(io, api, options, id);
      if (failure !== undefined) failures.push(failure);
      done += 1;
      if (ids.length > 1) io.status(toProgress(done, ids.length));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  io.status('');
  return failures;
}

async function actOn(
  io: Io,
  api: Api,
  { action, body, ifVersion, isJson, ids }: ActOptions,
  id: string,
): Promise<CliError | undefined> {
  try {
    const headers = ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` };
    const saga = await api.post<SagaJson>(`${sagaPath(id)}/${action}`, { body, headers });
    io.status('');
    io.out(isJson ? JSON.stringify(saga) : toLine(saga));
    return undefined;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const isAlone = ids.length === 1 && ids[0] !== '-';
    if (!isAlone) report(io, { id, error, isJson });
    return error;
  }
}

function report(
  io: Io,
  { id, error, isJson }: { readonly id: string; readonly error: CliError; readonly isJson: boolean },
): void {
  io.status('');
  const problem = error instanceof ApiProblem ? error.problem : { detail: error.message };
  if (isJson) io.out(JSON.stringify({ id, problem }));
  else io.note([`${id}: ${error.message}`, ...error.advice].join(' '));
}
