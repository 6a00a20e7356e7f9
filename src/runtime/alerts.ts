import { parkedCommand } from '../core/active-commands.ts';
import type { Alert } from '../core/alert.ts';
import type { ParkedLine, StuckSaga } from '../core/census.ts';
import type { SagaRecord } from '../core/store.ts';

/** The alert of a saga that parked. `record`: its row, where it is still what the line left. Pure. */
export function toParkedAlert(line: ParkedLine, record: SagaRecord | undefined): Alert {
  const { tenant, id, definition, seq, state, at } = line;
  const step = parkedCommand(state) ?? 'unknown';
  const error = record?.error?.code;
  const why = error === undefined ? '' : ` (${error})`;
  return {
    id: `${tenant}:${id}:${seq}:parked`,
    kind: 'parked',
    text: `Saga ${definition.name} ${id} is parked at ${step}${why}: it waits for a person.`,
    tenant,
    sagaId: id,
    saga: definition.name,
    definitionVersion: definition.version,
    version: seq,
    status: 'failed',
    state,
    step,
    ...causeOf(record ?? { cause: null }),
    ...(error === undefined ? {} : { errorCode: error }),
    since: new Date(at).toISOString(),
  };
}

/** The alert of a saga that does not move. The same one for as long as it does not. Pure. */
export function toStuckAlert(saga: StuckSaga): Alert {
  const { tenant, id, definition, version, status, step } = saga;
  const since = new Date(saga.since).toISOString();
  return {
    id: `${tenant}:${id}:${version}:stuck`,
    kind: 'stuck',
    text: `Saga ${definition.name} ${id} is ${status} and has not moved since ${since}${step === null ? '' : `, at ${step}`}.`,
    tenant,
    sagaId: id,
    saga: definition.name,
    definitionVersion: definition.version,
    version,
    status,
    ...(step === null ? {} : { step }),
    ...causeOf(saga),
    since,
  };
}

function causeOf({ cause }: Pick<SagaRecord, 'cause'>): Pick<Alert, 'cause'> {
  return cause === null ? {} : { cause };
}
