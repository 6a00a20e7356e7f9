import type { AnySagaDefinition } from '../core/definition.ts';
import { toDefinitionBody } from '../http/representation.ts';
import type { Api } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import type { DefinitionJson } from './saga-json.ts';
import { toTable } from './table.ts';

/** Which definitions to print. */
export interface DefinitionsOptions {
  /** Only this one, with its steps. */
  readonly name: string | undefined;
  readonly isJson: boolean;
}

/** `sagachart definitions`: what can be started, by a node or from a module. */
export async function definitions(
  io: Io,
  from: Api | readonly AnySagaDefinition[],
  { name, isJson }: DefinitionsOptions,
): Promise<ExitReason> {
  const all =
    'get' in from
      ? (await from.get<{ readonly items: readonly DefinitionJson[] }>('/v1/definitions')).items
      : from.map(toDefinitionBody);
  const found = name === undefined ? all : all.filter((definition) => definition.name === name);
  if (isJson) for (const definition of found) io.out(JSON.stringify(definition));
  else if (name === undefined) for (const line of toOverview(found)) io.out(line);
  else for (const definition of found) for (const line of toDetails(definition)) io.out(line);
  if (found.length > 0 || name === undefined) return 'ok';
  io.note(
    `there is no definition '${name}'; known: ${all.map((definition) => definition.name).join(', ') || 'none'}`,
  );
  return 'notFound';
}

function toOverview(all: readonly DefinitionJson[]): readonly string[] {
  const rows = all.map(({ name, version, steps, description }) => [
    `${name}@${version}`,
    steps.map((step) => step.name).join(' '),
    description,
  ]);
  return toTable(rows, ['saga', 'steps', 'description']);
}

function toDetails({ name, version, description, timeoutMs, steps }: DefinitionJson): readonly string[] {
  const rows = steps.map((step) => [
    step.name,
    step.kind,
    step.group ?? '-',
    step.action,
    step.compensation ?? '-',
    `${step.timeoutMs} ms`,
    String(step.maximumAttempts),
  ]);
  const deadline = timeoutMs === null ? '' : `, to be done within ${timeoutMs} ms`;
  return [
    `${name}@${version}${deadline}${description === '' ? '' : `: ${plain(description)}`}`,
    ...toTable(rows, ['step', 'kind', 'group', 'action', 'compensation', 'timeout', 'tries']),
    '',
  ];
}
