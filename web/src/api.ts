import type { z } from 'zod';
import type { PreviewBody } from '../../src/http/action-schemas.ts';
import type { BatchBody, BatchDetailBody } from '../../src/http/batch-schemas.ts';
import type { ChartBody, SagaChartBody } from '../../src/http/chart-schemas.ts';
import type { ProofBody, ProvingBody } from '../../src/http/proof-schemas.ts';
import type { ErrorListBody, StatsBody } from '../../src/http/report-schemas.ts';
import type {
  HistoryBody,
  SagaBody,
  SagaListBody,
  SagaSummaryBody,
  SnapshotBody,
} from '../../src/http/saga-schemas.ts';
import type { DefinitionBody, DefinitionListBody } from '../../src/http/system-schemas.ts';
import { Problem, request, requestJson } from './http.ts';

/** A saga in a list. */
export type SagaSummary = z.infer<typeof SagaSummaryBody>;
/** A saga with everything there is to say about it now. */
export type Saga = z.infer<typeof SagaBody>;
/** A saga's status. */
export type Status = SagaSummary['status'];
/** A line of a saga's journal. */
export type Line = z.infer<typeof HistoryBody>['items'][number];
/** A definition, as people look at it. */
export type Definition = z.infer<typeof DefinitionBody>;
/** A page of sagas. */
export type SagaPage = z.infer<typeof SagaListBody>;
/** A chart with the way of one saga through it. */
export type SagaChart = z.infer<typeof SagaChartBody>;
/** A chart by itself. */
export type Chart = z.infer<typeof ChartBody>;
/** Sagas with the same fault. */
export type ErrorGroup = z.infer<typeof ErrorListBody>['errors'][number];
/** How many sagas there are, and how they ended. */
export type Stats = z.infer<typeof StatsBody>;
/** One action on many sagas. */
export type Batch = z.infer<typeof BatchBody>;
/** The same, with the sagas that refused. */
export type BatchDetail = z.infer<typeof BatchDetailBody>;
/** What was proven of a definition. */
export type Proof = z.infer<typeof ProofBody>;
/** What a stored snapshot holds. */
export type Snapshot = z.infer<typeof SnapshotBody>;

/** Who answers commands now. */
export interface Participants {
  readonly participants: readonly Participant[];
  /** Operations that nobody is seen to offer. */
  readonly unseen: readonly string[];
}

/** One of them, with what it was asked. */
export interface Participant extends OperationFigures {
  readonly version: string;
  readonly instances: number;
  readonly operations: readonly OperationFigures[];
}

interface OperationFigures {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly averageMs: number;
}

/** What an action would do. */
export type Preview = z.infer<typeof PreviewBody>;

const at = (...words: readonly (string | number)[]) =>
  `/v1/${words.map((word) => encodeURIComponent(word)).join('/')}`;

/** The API, as the page uses it. Each throws `Problem`. */
export const api = {
  sagas: (query: URLSearchParams, signal?: AbortSignal) =>
    requestJson<SagaPage>(`/v1/sagas?${query.toString()}`, { signal }),
  saga: (id: string, signal?: AbortSignal) => requestJson<Saga>(at('sagas', id), { signal }),
  snapshot: (id: string, seq: number | undefined, signal?: AbortSignal) =>
    requestJson<Snapshot>(`${at('sagas', id, 'snapshot')}${seqQuery(seq)}`, { signal }),
  sagaChart: (id: string, seq: number | undefined, signal?: AbortSignal) =>
    requestJson<SagaChart>(`${at('sagas', id, 'chart.json')}${seqQuery(seq)}`, { signal }),
  chart: (name: string, version: number, signal?: AbortSignal) =>
    requestJson<Chart>(at('definitions', name, version, 'chart.json'), { signal }),
  drawing: async (path: string, signal?: AbortSignal) => (await request(path, { signal })).text(),
  definitions: (signal?: AbortSignal) =>
    requestJson<z.infer<typeof DefinitionListBody>>('/v1/definitions', { signal }),
  definition: (name: string, version: number, signal?: AbortSignal) =>
    requestJson<Definition>(at('definitions', name, version), { signal }),
  proof: (name: string, version: number, signal?: AbortSignal) =>
    requestJson<Proof | z.infer<typeof ProvingBody>>(at('definitions', name, version, 'proof'), { signal }),
  errors: (query: URLSearchParams, signal?: AbortSignal) =>
    requestJson<{ readonly errors: readonly ErrorGroup[] }>(`/v1/errors?${query.toString()}`, { signal }),
  participants: (signal?: AbortSignal) => requestJson<Participants>('/v1/participants', { signal }),
  stats: (signal?: AbortSignal) => requestJson<Stats>('/v1/stats', { signal }),
  batches: (signal?: AbortSignal) =>
    requestJson<{ readonly batches: readonly Batch[] }>('/v1/batches?limit=20', { signal }),
  batch: (id: string, signal?: AbortSignal) => requestJson<BatchDetail>(at('batches', id), { signal }),
  startBatch: (body: object) => requestJson<Batch>('/v1/batches', { method: 'POST', body }),
  abortBatch: (id: string) => requestJson<Batch>(at('batches', id, 'abort'), { method: 'POST', body: {} }),
  start: (body: object) => requestJson<Saga>('/v1/sagas', { method: 'POST', body }),
  act: (id: string, action: string, body: object, version: number) =>
    requestJson<Saga>(at('sagas', id, action), {
      method: 'POST',
      body,
      headers: { 'If-Match': `"${version}"`, 'Idempotency-Key': newKey() },
    }),
  preview: (id: string, body: object, signal?: AbortSignal) =>
    requestJson<Preview>(at('sagas', id, 'preview'), { method: 'POST', body, signal }),
  inspection: (id: string, after: number) =>
    requestJson<{ readonly items: readonly object[]; readonly after: number }>(
      `${at('sagas', id, 'inspection')}?after=${after}`,
    ),
  /** The whole journal of a saga after line `after`. */
  history: async (id: string, after: number, signal?: AbortSignal): Promise<readonly Line[]> => {
    const lines: Line[] = [];
    for (let next: number | null = after; next !== null && lines.length < 10_000;) {
      const page: z.infer<typeof HistoryBody> = await requestJson(
        `${at('sagas', id, 'history')}?after=${next}&limit=1000`,
        { signal },
      );
      lines.push(...page.items);
      next = page.nextAfter;
    }
    return lines;
  },
};

/** Where a saga's chart is drawn. */
export function sagaDrawing(id: string, seq: number | undefined, view: string): string {
  return `${at('sagas', id, 'chart.svg')}?view=${view}&part=chart${seq === undefined ? '' : `&seq=${seq}`}`;
}

/** Where a definition's chart is drawn. */
export function definitionDrawing(name: string, version: number, view: string): string {
  return `${at('definitions', name, version, 'chart.svg')}?view=${view}&part=chart`;
}

/** Whether the server simply has no such thing: an older one, or a part that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Problem && [404, 405, 501].includes(error.status);
}

/** Also where the page did not come over HTTPS, and browsers keep `randomUUID` to themselves. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

function seqQuery(seq: number | undefined): string {
  return seq === undefined ? '' : `?seq=${seq}`;
}
