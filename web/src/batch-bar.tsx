import { useState } from 'preact/hooks';
import { actionWords } from './action-words.ts';
import { api } from './api.ts';
import { BatchProgress } from './batch-progress.tsx';
import { count, many } from './format.ts';
import { Modal } from './modal.tsx';
import type { SagaList } from './saga-list.ts';
import { parseQuery } from './saga-query.ts';
import { ErrorNotice } from './text.tsx';

/** Actions that need nothing said but a reason. */
const actions = ['retry', 'cancel', 'compensate', 'skip', 'pause', 'resume'];

interface Asked {
  readonly action: string;
  readonly scope: 'selected' | 'all';
}

interface Props {
  readonly list: SagaList;
  readonly text: string;
}

/** What can be done with the selected sagas; there only while some are. */
export function BatchBar({ list, text }: Props) {
  const [asked, setAsked] = useState<Asked>();
  const [running, setRunning] = useState<string>();
  const [scope, setScope] = useState<Asked['scope']>('selected');
  const { size } = list.selected.value;
  const isFiltered = Object.keys(parseQuery(text).filters).length > 0;
  return (
    <>
      {running === undefined ? null : <BatchProgress id={running} onClose={() => setRunning(undefined)} />}
      {size === 0 ? null : (
        <div class="batch-bar" role="region" aria-label="Selected sagas">
          <label class="batch-scope">
            <select
              value={scope}
              aria-label="Which sagas"
              onChange={(event) => setScope(event.currentTarget.value as Asked['scope'])}
            >
              <option value="selected">{count(size)} selected</option>
              {isFiltered ? <option value="all">all that match</option> : null}
            </select>
          </label>
          <div class="batch-actions">
            {actions.map((action) => (
              <button key={action} type="button" class="small" onClick={() => setAsked({ action, scope })}>
                {actionWords[action]?.title ?? action}
              </button>
            ))}
            <button type="button" class="small" onClick={() => list.toggleAll()}>
              {size >= list.rows.value.length ? 'none' : `all ${count(list.rows.value.length)}`}
            </button>
          </div>
        </div>
      )}
      {asked === undefined ? null : (
        <BatchDialog
          asked={asked}
          list={list}
          text={text}
          onClose={() => setAsked(undefined)}
          onStarted={(id) => {
            setAsked(undefined);
            setRunning(id);
            list.selected.value = new Set();
          }}
        />
      )}
    </>
  );
}

function BatchDialog(
  props: Props & {
    readonly asked: Asked;
    readonly onClose: () => void;
    readonly onStarted: (id: string) => void;
  },
) {
  const { asked, list, text, onClose, onStarted } = props;
  const [reason, setReason] = useState('');
  const [error, setError] = useState<Error>();
  const [isSending, setSending] = useState(false);
  const ids = [...list.selected.value];
  const which = asked.scope === 'all' ? { filter: parseQuery(text).filters } : { ids };
  const words = actionWords[asked.action];
  const submit = async (event: Event) => {
    event.preventDefault();
    setSending(true);
    try {
      const batch = await api.startBatch({
        action: asked.action,
        ...which,
        ...(reason === '' ? {} : { reason }),
      });
      onStarted(batch.id);
    } catch (failure) {
      setError(failure as Error);
      setSending(false);
    }
  };
  const title = words?.title ?? asked.action;
  return (
    <Modal
      title={`${title}: ${asked.scope === 'all' ? 'all that match' : many(ids.length, 'saga')}`}
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)}>
        <p>{words?.about}</p>
        {asked.scope === 'all' ? (
          <p>
            All sagas that match <code>{text}</code> now. Those that may not do it say so and stay as they
            are.
          </p>
        ) : (
          <p class="batch-ids">{ids.slice(0, 8).join(', ') + (ids.length > 8 ? ' …' : '')}</p>
        )}
        <label>
          Why <small>kept in each saga’s journal</small>
          <textarea
            rows={2}
            maxLength={1000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {error === undefined ? null : <ErrorNotice error={error} />}
        <div class="modal-end">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class={words?.isGrave === true ? 'grave' : 'main'} disabled={isSending}>
            {title}
          </button>
        </div>
      </form>
    </Modal>
  );
}
