import type { SagaSummary } from './api.ts';

/** A query as people type it, taken apart: `name:order status:failed,running since:1h declined`. */
export interface SagaQuery {
  /** What the API is asked for. */
  readonly filters: Readonly<Record<string, string>>;
  /** Words that mean nothing here, for people to see. */
  readonly unknown: readonly string[];
}

/** What can stand before a colon, with what it means. `id` leads to one saga and is no filter. */
export const filterNames: Readonly<Record<string, string>> = {
  name: 'the definition, as in name:order',
  status: 'running, compensating, completed, compensated, failed, abandoned; several with commas',
  step: 'the step at hand',
  participant: 'whose answer is awaited',
  error: 'the code of the fault, as in error:card_declined',
  cause: 'stepFailed, cancelled, timedOut, operator',
  since: 'started at or after: 15m, 1h, 7d, or an ISO time',
  until: 'started before',
  stuck: 'should be moving and did not for so long: stuck:10m',
  overridden: 'true: a person overrode what the saga promises',
  version: 'definition version',
  'attr.key': 'a business key, as in attr.customer:c42',
};

const word = /(?:([A-Za-z][\w.-]*):)?(?:"([^"]*)"|(\S+))/g;

/** Takes a query apart. Words without a name are searched for in errors. */
export function parseQuery(text: string): SagaQuery {
  const filters: Record<string, string> = {};
  const free: string[] = [];
  const unknown: string[] = [];
  for (const [whole, name, quoted, plain] of text.matchAll(word)) {
    const value = quoted ?? plain ?? '';
    if (name === undefined) free.push(value);
    else if ((Object.hasOwn(filterNames, name) && name !== 'attr.key') || /^attr\../.test(name))
      filters[name] = value;
    else unknown.push(whole);
  }
  return { filters: free.length === 0 ? filters : { ...filters, q: free.join(' ') }, unknown };
}

/** A query with one filter set, or taken out where there is no value. */
export function withFilter(text: string, name: string, value: string | undefined): string {
  const rest = [...text.matchAll(word)].filter(([, key]) => key !== name).map(([whole]) => whole);
  return (value === undefined ? rest : [...rest, toWord(name, value)]).join(' ');
}

/** One filter as it is typed. */
export function toWord(name: string, value: string): string {
  return `${name}:${/[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;
}

/** Filters that can be checked against what the stream tells. */
const checked = ['name', 'status', 'step', 'cause', 'version'] as const;

/** Whether all of a query can be checked without asking the API. */
export function isCheckable({ filters }: SagaQuery): boolean {
  return Object.keys(filters).every((name) => (checked as readonly string[]).includes(name));
}

/** Whether a saga still is what was asked for, as far as that can be told here. */
export function matches(
  { filters }: SagaQuery,
  saga: Pick<SagaSummary, 'status' | 'step' | 'cause'> & {
    readonly definition: { readonly name: string; readonly version: number };
  },
): boolean {
  const { name, status, step, cause, version } = filters;
  return (
    (name === undefined || saga.definition.name === name) &&
    (version === undefined || String(saga.definition.version) === version) &&
    (status === undefined || status.split(',').includes(saga.status)) &&
    (step === undefined || saga.step === step) &&
    (cause === undefined || saga.cause === cause)
  );
}
