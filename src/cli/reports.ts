import type { Api, Query } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import type { AuditJson, ErrorListJson } from './saga-json.ts';
import { toTable } from './table.ts';

/** What to report. */
export interface ReportOptions {
  readonly filter: Query;
  readonly isJson: boolean;
}

/** `sagachart errors`: the faults that sagas have now, the commonest first. */
export async function errors(io: Io, api: Api, { filter, isJson }: ReportOptions): Promise<ExitReason> {
  const found = await api.get<ErrorListJson>('/v1/errors', filter);
  if (isJson) for (const group of found.errors) io.out(JSON.stringify(group));
  else if (found.errors.length === 0) io.note('no saga has a fault');
  else {
    const rows = found.errors.map(({ count, name, step, op, code, lastAt, sagaIds, message }) => [
      String(count),
      name,
      op === 'do' ? step : `${op} ${step}`,
      code,
      lastAt,
      sagaIds[0] ?? '',
      message,
    ]);
    const head = ['sagas', 'saga', 'step', 'code', 'last', 'for example', 'message'];
    for (const line of toTable(rows, head)) io.out(line);
  }
  return 'ok';
}

/** `sagachart audit`: what people did, newest first. */
export async function audit(io: Io, api: Api, { filter, isJson }: ReportOptions): Promise<ExitReason> {
  const { entries } = await api.get<AuditJson>('/v1/audit', filter);
  if (isJson) for (const entry of entries) io.out(JSON.stringify(entry));
  else if (entries.length === 0) io.note('nobody did anything');
  else {
    const rows = entries.map(({ at, actor, action, sagaId, status, reason }) => [
      at,
      actor ?? '-',
      action,
      sagaId,
      status,
      reason ?? '',
    ]);
    for (const line of toTable(rows, ['at', 'who', 'did', 'saga', 'then', 'because'])) io.out(line);
  }
  return 'ok';
}
