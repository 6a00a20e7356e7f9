import { isComplete } from './action-fields.tsx';
import { api, isMissing, type Preview, type Saga } from './api.ts';
import { listed } from './format.ts';
import { StatusBadge, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

interface Props {
  readonly saga: Saga;
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>> | Error;
}

/** What an action would lead to, as the saga's own machine says; nothing is done. */
export function ActionPreview({ saga, action, body }: Props) {
  const isAsked = !(body instanceof Error) && isComplete(action, body);
  const asked = isAsked ? JSON.stringify({ action, ...body }) : undefined;
  const { data, error } = useLoad(`${saga.version} ${asked ?? ''}`, async (signal) =>
    asked === undefined ? undefined : api.preview(saga.id, JSON.parse(asked) as object, signal),
  );
  if (error !== undefined)
    return isMissing(error) ? (
      <p class="preview is-none">This server cannot tell beforehand what it would lead to.</p>
    ) : (
      <p class="preview is-none">
        <Text value={error.message} />
      </p>
    );
  if (data === undefined)
    return (
      <p class="preview is-none">{isAsked ? '…' : 'Once it is filled in, this tells what it leads to.'}</p>
    );
  return <Foreseen preview={data} />;
}

function Foreseen({ preview }: { readonly preview: Preview }) {
  const { legal, refusal, from, to, commands, undo, next, overridden, legalActions } = preview;
  if (!legal || to === null)
    return (
      <p class="preview is-illegal" role="status">
        <Text value={refusal ?? 'This is not possible now.'} />
        {legalActions.length === 0 ? '' : ` Possible: ${listed(legalActions)}.`}
      </p>
    );
  const asked = commands.map(({ op, participant, operation, attempt }) => {
    const words = { do: '', undo: ' to undo', seal: ' for the outcome' }[op];
    return `${participant}.${operation}${words}${attempt > 1 ? ` (attempt ${attempt})` : ''}`;
  });
  return (
    <div class="preview" role="status">
      <p class="preview-way">
        <StatusBadge status={from.status} /> <code>{from.state}</code> → <StatusBadge status={to.status} />{' '}
        <code>{to.state}</code>
      </p>
      <dl class="facts">
        <Fact name="asks" value={listed(asked)} />
        <Fact name="undoes" value={undo.length === 0 ? '' : undo.join(', then ')} />
        <Fact name="runs" value={next.length === 0 ? '' : next.join(', then ')} />
      </dl>
      {overridden ? (
        <p class="preview-warning">
          This overrides what the saga promises, and marks it overridden for ever.
        </p>
      ) : null}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  if (value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Text value={value} />
      </dd>
    </div>
  );
}
