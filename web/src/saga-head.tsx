import { useState } from 'preact/hooks';
import { ActionDialog } from './action-dialog.tsx';
import { actionWords, toOffered } from './action-words.ts';
import type { Saga } from './api.ts';
import { now } from './clock.ts';
import { ago, dateTime, duration } from './format.ts';
import { InspectorButton } from './inspector-button.tsx';
import type { Moment } from './moment.ts';
import { hrefTo, place } from './route.ts';
import { toWord } from './saga-query.ts';
import { Code, StatusBadge, Text } from './text.tsx';

interface Props {
  readonly saga: Saga;
  readonly moment: Moment;
  readonly isPast: boolean;
  /** It should be moving, and does not. */
  readonly isStuck: boolean;
  readonly reload: () => void;
}

/** Which saga this is, and what can be done with it. */
export function SagaHead({ saga, moment, isPast, isStuck, reload }: Props) {
  const { id, definition, isOverridden, isLate, createdAt, closedAt, deadlineAt, attributes } = saga;
  const [action, setAction] = useState<string>();
  const started = Date.parse(createdAt);
  const took = closedAt === null ? undefined : Date.parse(closedAt) - started;
  return (
    <header class="saga-head">
      <a class="back" href={hrefTo(['sagas'], { q: place.value.query.get('q') ?? '' })}>
        ← all sagas
      </a>
      <div class="saga-name">
        <h1>
          <a href={hrefTo(['definitions', definition.name, String(definition.version)])}>
            <Text value={definition.name} />
          </a>
        </h1>
        <CopyId id={id} />
        <StatusBadge status={moment.status} />
        {moment.isPaused ? <span class="badge is-paused">paused</span> : null}
        {isOverridden ? <span class="badge is-overridden">overridden</span> : null}
        {isStuck && !isPast ? (
          <span class="badge is-stuck" title="Should be moving, and did not for five minutes">
            stuck
          </span>
        ) : null}
        {isLate ? <span class="badge is-stuck">late</span> : null}
      </div>
      <p class="saga-meta">
        <span title={dateTime(started)}>started {ago(started, now.value)} ago</span>
        {took === undefined ? null : <span>took {duration(took)}</span>}
        {deadlineAt === null || closedAt !== null ? null : (
          <span title={dateTime(Date.parse(deadlineAt))}>
            deadline in {duration(Date.parse(deadlineAt) - now.value)}
          </span>
        )}
        <span>version {definition.version}</span>
        {Object.entries(attributes).map(([key, value]) => (
          <a key={key} href={hrefTo(['sagas'], { q: toWord(`attr.${key}`, value) })}>
            <Text value={`${key} ${value}`} />
          </a>
        ))}
      </p>
      <div class="saga-actions">
        {isPast
          ? null
          : toOffered(saga.legal).map((one) => (
              <button
                key={one}
                type="button"
                class={actionWords[one]?.isGrave === true ? 'grave-line' : ''}
                title={actionWords[one]?.about}
                onClick={() => setAction(one)}
              >
                {actionWords[one]?.title ?? one}
              </button>
            ))}
        <InspectorButton id={id} />
      </div>
      {action === undefined ? null : (
        <ActionDialog saga={saga} action={action} onClose={() => setAction(undefined)} onDone={reload} />
      )}
    </header>
  );
}

function CopyId({ id }: { readonly id: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(id).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  return (
    <button type="button" class="plain copy" title="Copy the id" onClick={copy}>
      <Code value={id} /> <span aria-live="polite">{isCopied ? 'copied' : ''}</span>
    </button>
  );
}
