import { useState } from 'preact/hooks';
import { ActionFields, type FieldValues, toBody } from './action-fields.tsx';
import { ActionPreview } from './action-preview.tsx';
import { actionWords } from './action-words.ts';
import { api, type Saga } from './api.ts';
import { Problem } from './http.ts';
import { Modal } from './modal.tsx';
import { ErrorNotice } from './text.tsx';

interface Props {
  readonly saga: Saga;
  readonly action: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks once more before something is done to a saga: what it would lead to, and why it is wanted. */
export function ActionDialog({ saga, action, onClose, onDone }: Props) {
  const [values, setValues] = useState<FieldValues>({});
  const [reason, setReason] = useState('');
  const [error, setError] = useState<Error>();
  const [isSending, setSending] = useState(false);
  const words = actionWords[action];
  const title = words?.title ?? action;
  const body = toBody(action, values);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (body instanceof Error) return setError(body);
    setSending(true);
    try {
      await api.act(saga.id, action, { ...body, ...(reason === '' ? {} : { reason }) }, saga.version);
      onDone();
      onClose();
    } catch (failure) {
      setError(failure as Error);
      setSending(false);
      if (failure instanceof Problem && failure.status === 412) onDone();
    }
  };
  return (
    <Modal title={`${title} — ${saga.definition.name} ${saga.id}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{words?.about}</p>
        <ActionFields action={action} saga={saga} values={values} onChange={setValues} />
        <ActionPreview saga={saga} action={action} body={body} />
        <label>
          Why <small>kept in the journal</small>
          <textarea
            rows={2}
            maxLength={1000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {error === undefined ? null : <ErrorNotice error={error} />}
        {error instanceof Problem && error.status === 412 ? (
          <p>The saga moved since you looked. It is shown as it is now; press again if you still want it.</p>
        ) : null}
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
