import { useState } from 'preact/hooks';
import { isTokenWanted, setToken } from './http.ts';
import { Modal } from './modal.tsx';

/** Asks for the token that the API wants. It is kept as long as the tab is open. */
export function TokenDialog() {
  const [token, setValue] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    setToken(token.trim());
    // Everything there is on the screen was refused before.
    window.location.reload();
  };
  return (
    <Modal title="Who are you?" onClose={() => (isTokenWanted.value = false)}>
      <form onSubmit={submit}>
        <p>This API wants a token. It is kept in this tab only, and sent to this server only.</p>
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            value={token}
            required
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <div class="modal-end">
          <button type="submit" class="main">
            Use it
          </button>
        </div>
      </form>
    </Modal>
  );
}
