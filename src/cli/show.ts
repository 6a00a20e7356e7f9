import { type Api, sagaPath } from './api.ts';
import { paint, toneOf } from './colour.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { legend, toLanes } from './lanes.ts';
import type { DefinitionJson, SagaJson } from './saga-json.ts';
import { toTable } from './table.ts';

/** `sagachart show`: one saga, as lanes and in words; or as a test that goes the same way. */
export async function show(
  io: Io,
  api: Api,
  {
    id,
    isJson,
    isTest = false,
  }: { readonly id: string; readonly isJson: boolean; readonly isTest?: boolean },
): Promise<ExitReason> {
  if (isTest) {
    io.out((await api.text(`${sagaPath(id)}/test`)).trimEnd());
    return 'ok';
  }
  const saga = await api.get<SagaJson>(sagaPath(id));
  if (isJson) io.out(JSON.stringify(saga));
  else for (const line of toPage(io, saga, await definitionOf(api, saga))) io.out(line);
  return 'ok';
}

/** A saga as people read it. */
export function toPage(io: Io, saga: SagaJson, definition: DefinitionJson | undefined): readonly string[] {
  const title = `${saga.definition.name}@${saga.definition.version} ${saga.id}  ${paint(io, toneOf(saga.status), saga.status)}`;
  const lanes = toLanes({ saga, definition, width: io.width });
  return [
    title,
    ...toReasons(saga),
    '',
    ...lanes,
    '',
    paint(io, 'dim', legend),
    '',
    ...toSteps(saga),
    '',
    ...toFacts(saga),
  ];
}

/** What the node knows of the saga's definition; it may not have that version. */
async function definitionOf(
  api: Api,
  { definition: { name, version } }: SagaJson,
): Promise<DefinitionJson | undefined> {
  try {
    return await api.get<DefinitionJson>(`/v1/definitions/${name}/${version}`);
  } catch (error) {
    if (error instanceof CliError && error.reason === 'notFound') return undefined;
    throw error;
  }
}

function toReasons(saga: SagaJson): readonly string[] {
  const { causedBy, parked, isOverridden, isLate, paused, goesBackTo } = saga;
  const because = (error: { readonly code: string; readonly message: string } | undefined) =>
    error === undefined ? '' : `: ${error.code}: ${error.message}`;
  const by = [
    causedBy?.step,
    causedBy?.actor === undefined ? undefined : `by ${causedBy.actor}`,
    causedBy?.reason,
  ].filter((text) => text !== undefined);
  return [
    ...(causedBy === null
      ? []
      : [`went back: ${[causedBy.type, ...by].join(', ')}${because(causedBy.error)}`]),
    ...(parked === null
      ? []
      : [`waits for a person: ${parked.command} is ${parked.why}${because(parked.error)}`]),
    ...(paused === null
      ? []
      : [
          `paused: ${[paused.by ?? 'by nobody named', paused.reason].filter((text) => text !== null).join(', ')}`,
        ]),
    ...(goesBackTo === null ? [] : [`goes back to ${goesBackTo}, and forward again from there`]),
    ...awaitedSignals(saga),
    ...(isOverridden ? ['a person overrode what the saga promises'] : []),
    ...(isLate ? ['its deadline passed after the point of no return'] : []),
  ].map((line) => `  ${plain(line)}`);
}

function awaitedSignals({ signals }: SagaJson): readonly string[] {
  return signals.flatMap(({ name, status }) =>
    status === 'awaited'
      ? [`waits for the signal ${name}`]
      : status === 'kept'
        ? [`has the signal ${name} already`]
        : [],
  );
}

function toSteps({ steps }: SagaJson): readonly string[] {
  const rows = steps.map(({ name, kind, status, inDoubt, attempts, undoAttempts, error }) => [
    name,
    kind,
    inDoubt ? `${status} (in doubt)` : status,
    String(attempts),
    String(undoAttempts),
    error === undefined ? '' : `${error.code}: ${error.message}`,
  ]);
  return toTable(rows, ['step', 'kind', 'status', 'tries', 'undo tries', 'error']);
}

function toFacts(saga: SagaJson): readonly string[] {
  const attributes = Object.entries(saga.attributes).map(([name, value]) => `${name}=${value}`);
  const timers = Object.entries(saga.timers).map(([event, at]) => `${event} at ${at}`);
  const facts: readonly (readonly [string, string])[] = [
    ['state', saga.state],
    ['version', String(saga.version)],
    ['started', saga.createdAt],
    ['moved', saga.updatedAt],
    ['closed', saga.closedAt ?? ''],
    ['deadline', saga.deadlineAt ?? ''],
    ['attributes', attributes.join(' ')],
    ['timers', timers.join(', ')],
    ['possible', saga.legal.join(', ')],
    ['input', JSON.stringify(saga.input)],
    ['results', JSON.stringify(saga.results)],
  ];
  return facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(10)} ${plain(value)}`);
}
