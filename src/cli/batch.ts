import type { Api, Query } from './api.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { poll } from './poll.ts';
import { toProgress } from './progress.ts';
import type { BatchDetailJson, BatchJson, BatchListJson } from './saga-json.ts';
import { toTable } from './table.ts';

/** An action that a node is to do on many sagas. */
export interface BatchOptions {
  readonly action: string;
  /** Either these sagas, or all that match. */
  readonly sagas: { readonly ids: readonly string[] } | { readonly filter: Query };
  /** Who, why, and what else goes with the action. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Do not wait for its end. */
  readonly isDetached: boolean;
  readonly isJson: boolean;
}

/** How often to look how far a batch is; ms. */
const interval = 300;

/** Hands an action on many sagas to a node, which goes on when this process ends, and follows it unless told not to. */
export async function startBatch(io: Io, api: Api, options: BatchOptions): Promise<ExitReason> {
  const { action, sagas, body, isDetached, isJson } = options;
  const batch = await api.post<BatchJson>('/v1/batches', { body: { ...body, ...sagas, action } });
  if (isDetached) {
    io.out(isJson ? JSON.stringify(batch) : batch.id);
    io.note(`batch ${batch.id}: ${batch.total} sagas; 'sagachart batches ${batch.id}' tells how far it is`);
    return 'ok';
  }
  io.note(`batch ${batch.id}: ${batch.total} sagas; it goes on when this command is ended`);
  let told = '';
  const ended = await poll(io, { interval, timeout: undefined }, async () => {
    const now = await api.get<BatchDetailJson>(batchPath(batch.id), { limit: 1 });
    if (now.total > 0) io.status(toProgress(now.done + now.failed, now.total));
    const waiting = toWaiting(now);
    if (waiting !== told && waiting !== '') io.note(waiting);
    told = waiting;
    return now.status === 'running' ? undefined : now;
  });
  io.status('');
  return show(io, api, ended.id, isJson);
}

/** `sagachart batches`: the newest. */
export async function listBatches(
  io: Io,
  api: Api,
  { limit, isJson }: { readonly limit: number; readonly isJson: boolean },
): Promise<ExitReason> {
  const { batches } = await api.get<BatchListJson>('/v1/batches', { limit });
  if (isJson) for (const batch of batches) io.out(JSON.stringify(batch));
  else if (batches.length === 0) io.note('there is no batch');
  else {
    const rows = batches.map(({ id, action, status, total, done, failed, actor, reason, createdAt }) => [
      id,
      action,
      status,
      `${done + failed} of ${total}`,
      String(failed),
      createdAt,
      actor ?? '-',
      reason ?? '',
    ]);
    const head = ['id', 'action', 'status', 'done', 'refused', 'started', 'by', 'reason'];
    for (const line of toTable(rows, head)) io.out(line);
  }
  return 'ok';
}

/** `sagachart batches ID`: one, with the sagas that refused; with `isAborted` it is ended first. */
export async function showBatch(
  io: Io,
  api: Api,
  { id, isAborted, isJson }: { readonly id: string; readonly isAborted: boolean; readonly isJson: boolean },
): Promise<ExitReason> {
  if (isAborted) await api.post(`${batchPath(id)}/abort`, { body: {} });
  const reason = await show(io, api, id, isJson);
  return isAborted ? 'ok' : reason;
}

async function show(io: Io, api: Api, id: string, isJson: boolean): Promise<ExitReason> {
  const batch = await api.get<BatchDetailJson>(batchPath(id), { limit: 1_000 });
  const { action, status, total, done, failed, failures } = batch;
  if (isJson) io.out(JSON.stringify(batch));
  else if (failures.length > 0) print(io, failures);
  io.note(`${action}: ${done} of ${total} accepted, ${failed} refused; ${status}`);
  if (batch.waitsFor.length > 0) io.note(toWaiting(batch));
  if (batch.next !== null) io.note(`there are more that refused than these ${failures.length}`);
  return failed === 0 && status !== 'aborted' ? 'ok' : 'failed';
}

/** What a batch waits for, in words; empty: for nothing. */
function toWaiting({ id, waitsFor }: BatchJson): string {
  if (waitsFor.length === 0) return '';
  const names = [...new Set(waitsFor.map(({ name, version }) => `${name} ${version}`))];
  return `batch ${id} waits for a node that has ${names.join(', ')}; 'sagachart batches ${id} --abort' ends it`;
}

function print(io: Io, failures: BatchDetailJson['failures']): void {
  const rows = failures.map(({ sagaId, reason }) => [sagaId, reason]);
  for (const line of toTable(rows, ['refused by', 'because'])) io.out(line);
}

function batchPath(id: string): string {
  if (/^[A-Za-z0-9_-]{1,128}$/.test(id)) return `/v1/batches/${id}`;
  throw new CliError('usage', `${JSON.stringify(id)} is no batch's id`);
}
