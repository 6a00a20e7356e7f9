import type { OperatorAction } from '../core/transition.ts';
import { type Api, type Query, sagaPath } from './api.ts';
import { startBatch } from './batch.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { eachSaga } from './list.ts';
import { previewAction } from './preview.ts';
import { type SagaJson, type SagaPageJson, toLine } from './saga-json.ts';

/** How much of a request ids may take, with room for what else goes with an action; bytes. */
const partSize = 128 * 1_024;

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
  /** Only say what would be done. */
  readonly isDryRun: boolean;
  /** Do not wait for the end of a batch. */
  readonly isDetached: boolean;
  readonly isJson: boolean;
}

/**
 * `sagachart cancel` and its like: acts on one saga, or has the nodes act on many: as a batch, which goes on when this command
 * ends, and asks for the role that acting on all that match needs.
 */
export async function act(io: Io, api: Api, options: ActOptions): Promise<ExitReason> {
  const { ids: given, query, isDryRun, isDetached } = options;
  if ((given.length === 0) === (query === undefined))
    throw new CliError('usage', 'name sagas by id, or with --query; one of both');
  if (query !== undefined && !isDryRun) return actOnMatching(io, api, query, options);
  const ids = query === undefined ? await readIds(io, given) : await matching(api, query);
  const [only] = ids;
  if (only === undefined) return none(io);
  if (isDryRun) return previewAction(io, api, { ...options, ids });
  return ids.length === 1 && !isDetached ? actOnOne(io, api, options, only) : actOnAll(io, api, options, ids);
}

async function actOnMatching(io: Io, api: Api, filter: Query, options: ActOptions): Promise<ExitReason> {
  refuseVersion(options);
  const { sagas, next, counts } = await api.get<SagaPageJson>('/v1/sagas', { ...filter, limit: 1 });
  if (sagas.length === 0 && next === null) return none(io);
  await confirm(io, options, counts === undefined ? 'all matching' : String(countOf(counts, filter)));
  return startBatch(io, api, { ...options, sagas: { filter } });
}

/** How many sagas of the statuses that are asked for. */
function countOf(counts: NonNullable<SagaPageJson['counts']>, { status }: Query): number {
  const wanted = status === undefined ? undefined : String(status).split(',');
  return Object.entries(counts)
    .filter(([name]) => wanted?.includes(name) ?? true)
    .reduce((sum, [, count]) => sum + count, 0);
}

async function actOnAll(io: Io, api: Api, options: ActOptions, ids: readonly string[]): Promise<ExitReason> {
  refuseVersion(options);
  await confirm(io, options, String(ids.length));
  let reason: ExitReason = 'ok';
  for (const part of toParts(ids)) {
    const end = await startBatch(io, api, { ...options, sagas: { ids: part } });
    if (end !== 'ok') reason = end;
  }
  return reason;
}

/** As many ids as a request has room for. */
function toParts(ids: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let left = 0;
  for (const id of ids) {
    // Quotes and comma.
    const size = id.length + 3;
    if (size > left) {
      parts.push([]);
      left = partSize;
    }
    parts.at(-1)?.push(id);
    left -= size;
  }
  return parts;
}

async function actOnOne(
  io: Io,
  api: Api,
  { action, body, ifVersion, isJson }: ActOptions,
  id: string,
): Promise<ExitReason> {
  const headers = ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` };
  const saga = await api.post<SagaJson>(`${sagaPath(id)}/${action}`, { body, headers });
  io.out(isJson ? JSON.stringify(saga) : toLine(saga));
  return 'ok';
}

async function readIds(io: Io, given: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of given) found.push(...(id === '-' ? (await io.readInput()).split(/\s+/) : [id]));
  const named = [...new Set(found)].filter((id) => id !== '');
  // All are looked at before the first one is acted on.
  for (const id of named) sagaPath(id);
  return named;
}

async function matching(api: Api, query: Query): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of eachSaga(api, query, Number.POSITIVE_INFINITY)) ids.push(id);
  return ids;
}

function none(io: Io): ExitReason {
  io.note('no saga matches');
  return 'ok';
}

function refuseVersion({ ifVersion }: ActOptions): void {
  if (ifVersion !== undefined) throw new CliError('usage', '--if-version is of one saga, not of several');
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
