import { useEffect, useState } from 'preact/hooks';
import { api, type Definition } from './api.ts';
import { Modal } from './modal.tsx';
import { hrefTo, navigate } from './route.ts';
import { ErrorNotice } from './text.tsx';

/** Starts a saga. Its input begins as that of the newest one: that is mostly close to what is wanted. */
export function StartForm({
  definition,
  onClose,
}: {
  readonly definition: Definition;
  readonly onClose: () => void;
}) {
  const { name, version } = definition;
  const [input, setInput] = useState('{}');
  const [id, setId] = useState('');
  const [attributes, setAttributes] = useState('');
  const [error, setError] = useState<Error>();
  useEffect(() => {
    void newestInput(name).then(
      (known) => known !== undefined && setInput((now) => (now === '{}' ? known : now)),
    );
  }, [name]);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const saga = await api.start({
        name,
        version,
        input: parse(input, 'The input'),
        ...(id.trim() === '' ? {} : { id: id.trim() }),
        ...(attributes.trim() === '' ? {} : { attributes: parse(attributes, 'The attributes') }),
      });
      navigate(hrefTo(['sagas', saga.id]));
    } catch (failure) {
      setError(failure as Error);
    }
  };
  return (
    <Modal title={`Start ${name} v${version}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          Input <small>JSON, as the definition’s schema wants it</small>
          <textarea
            rows={12}
            class="code"
            spellcheck={false}
            required
            value={input}
            onInput={(event) => setInput(event.currentTarget.value)}
          />
        </label>
        <FindBy id={id} attributes={attributes} onId={setId} onAttributes={setAttributes} />
        {error === undefined ? null : <ErrorNotice error={error} />}
        <div class="modal-end">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="main">
            Start
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface FindByProps {
  readonly id: string;
  readonly attributes: string;
  readonly onId: (id: string) => void;
  readonly onAttributes: (attributes: string) => void;
}

/** What it can be found by later; all of it may be left out. */
function FindBy({ id, attributes, onId, onAttributes }: FindByProps) {
  return (
    <>
      <label>
        Id <small>a new one when left out</small>
        <input
          value={id}
          pattern="[A-Za-z0-9_\-]{1,128}"
          title="Letters, digits, _ and -"
          autocomplete="off"
          onInput={(event) => onId(event.currentTarget.value)}
        />
      </label>
      <label>
        Attributes <small>JSON with texts, to find it by; may be left out</small>
        <input
          class="code"
          value={attributes}
          placeholder='{"customer": "c42"}'
          autocomplete="off"
          onInput={(event) => onAttributes(event.currentTarget.value)}
        />
      </label>
    </>
  );
}

async function newestInput(name: string): Promise<string | undefined> {
  try {
    const { sagas } = await api.sagas(new URLSearchParams({ name, limit: '1' }));
    const newest = sagas[0];
    return newest === undefined ? undefined : JSON.stringify((await api.saga(newest.id)).input, null, 2);
  } catch {
    return undefined;
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
