import type { Api } from './api.ts';
import { sagaPath } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { readJson } from './json-argument.ts';
import { poll } from './poll.ts';
import { isSettled, type SagaJson, type SagaSummaryJson, toLine } from './saga-json.ts';

/** What to start. */
export interface StartOptions {
  readonly name: string;
  /** JSON, `@file` or `-`. */
  readonly input: string;
  readonly id: string | undefined;
  readonly key: string | undefined;
  readonly sagaVersion: number | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** How long to wait for its end; ms. `undefined`: not at all. */
  readonly wait: number | undefined;
  readonly isJson: boolean;
}

/** `sagachart start`: starts a saga; with `wait`, the process ends as the saga does. */
export async function start(io: Io, api: Api, options: StartOptions): Promise<ExitReason> {
  const { name, id, sagaVersion, attributes, key, wait, isJson } = options;
  const body = {
    name,
    input: await readJson(io, options.input, '--input'),
    id,
    version: sagaVersion,
    attributes,
  };
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const saga = await api.post<SagaSummaryJson>('/v1/sagas', { body, headers });
  const print = (one: SagaSummaryJson) => io.out(isJson ? JSON.stringify(one) : toLine(one));
  if (wait === undefined) {
    print(saga);
    return 'ok';
  }
  io.note(`${toLine(saga)}; waiting`);
  const settled = await waitFor(io, api, { id: saga.id, timeout: wait });
  print(settled);
  return settled.status === 'completed' ? 'ok' : 'failed';
}

/** The saga once it is closed or parked. Throws `CliError` after `timeout` ms. */
async function waitFor(
  io: Io,
  api: Api,
  { id, timeout }: { readonly id: string; readonly timeout: number },
): Promise<SagaJson> {
  return poll(io, { interval: 200, timeout }, async () => {
    const saga = await api.get<SagaJson>(sagaPath(id));
    return isSettled(saga) ? saga : undefined;
  });
}
