import type { Saga } from './api.ts';

/** What was filled in, by field. */
export type FieldValues = Readonly<Record<string, string>>;

interface Props {
  readonly action: string;
  readonly saga: Saga;
  readonly values: FieldValues;
  readonly onChange: (values: FieldValues) => void;
}

/** Fields that hold JSON; an empty one is left out. */
const jsonFields = ['result', 'input', 'data'];

const endings = [
  ['succeeded', 'succeeded: go on'],
  ['refused', 'was refused: there is no effect'],
  ['abandoned', 'is nobody’s concern: close the saga as it is'],
] as const;

const choices = [
  ['retry', 'try the step again'],
  ['skip', 'go on without it'],
  ['compensate', 'turn back'],
] as const;

/** What an action needs or takes besides a reason. */
export function ActionFields({ action, saga, values, onChange }: Props) {
  const set = (name: string) => (event: Event) =>
    onChange({ ...values, [name]: (event.currentTarget as HTMLInputElement).value });
  const json = (name: string, label: string) => (
    <label>
      {label} <small>JSON, may be left out</small>
      <textarea rows={3} spellcheck={false} class="code" value={values[name] ?? ''} onInput={set(name)} />
    </label>
  );
  const done = saga.steps.filter(({ status }) => status === 'completed').map(({ name }) => name);
  switch (action) {
    case 'retry':
      return asksSomebody(saga) ? json('input', 'Another input for the command') : null;
    case 'skip':
      return json('result', 'Stands in for the step’s result');
    case 'resolve':
      return (
        <>
          <Choice label="It really" value={values['as'] ?? ''} onChange={set('as')} options={endings} />
          {values['as'] === 'succeeded' ? json('result', 'Its result') : null}
        </>
      );
    case 'decide':
      return (
        <Choice label="Choice" value={values['choice'] ?? ''} onChange={set('choice')} options={choices} />
      );
    case 'compensate':
      return done.length === 0 ? null : (
        <Choice
          label="How far"
          isOptional
          value={values['to'] ?? ''}
          onChange={set('to')}
          options={[
            ['', 'undo everything'],
            ...done.map((name) => [name, `back to ${name}, then forward again`] as const),
          ]}
        />
      );
    case 'signal':
      return (
        <>
          <Choice
            label="Signal"
            value={values['name'] ?? ''}
            onChange={set('name')}
            options={saga.signals
              .filter(({ isHeard }) => isHeard)
              .map(({ name, status }) => [name, `${name} (${status})`])}
          />
          {json('data', 'Its data')}
        </>
      );
    default:
      return null;
  }
}

/** Whether a saga is parked at a command; a wait asks nobody. */
function asksSomebody({ parked, signals }: Saga): boolean {
  return parked !== null && !signals.some(({ name }) => name === parked.command);
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (event: Event) => void;
  readonly isOptional?: boolean;
}) {
  return (
    <label>
      {props.label}
      <select required={props.isOptional !== true} value={props.value} onChange={props.onChange}>
        {props.isOptional === true ? null : <option value="">choose …</option>}
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What cannot be left out. */
const needed: Readonly<Record<string, string>> = { resolve: 'as', decide: 'choice', signal: 'name' };

/** Whether everything that an action needs is filled in. */
export function isComplete(action: string, body: Readonly<Record<string, unknown>>): boolean {
  const field = needed[action];
  return field === undefined || body[field] !== undefined;
}

/** The request's body, or what is wrong with what was filled in. */
export function toBody(action: string, values: FieldValues): Readonly<Record<string, unknown>> | Error {
  const body: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(values)) {
    if (text.trim() === '') continue;
    try {
      body[name] = jsonFields.includes(name) ? JSON.parse(text) : text;
    } catch (error) {
      return new Error(`${name} is not JSON: ${(error as Error).message}`);
    }
  }
  if (action === 'resolve' && body['as'] !== 'succeeded') delete body['result'];
  return body;
}
