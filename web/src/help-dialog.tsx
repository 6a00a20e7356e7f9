import { forgetToken, hasToken } from './http.ts';
import { Modal } from './modal.tsx';
import { filterNames } from './saga-query.ts';

const keys: readonly (readonly [string, string])[] = [
  ['/', 'search'],
  ['j  k', 'next, previous saga'],
  ['Enter', 'open it'],
  ['x', 'select it; then act on all selected'],
  ['Esc', 'back; leave the search; close'],
  ['← →', 'earlier, later moment of a saga'],
  ['p', 'pause and resume the moving rows'],
  ['1 … 5', 'the screens'],
  ['t', 'light or dark'],
  ['?', 'this'],
];

/** What the keys do, and what a query may say. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal title="Keys and queries" onClose={onClose}>
      <div class="help-columns">
        <dl class="keys">
          {keys.map(([key, words]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
        <dl class="filters">
          {Object.entries(filterNames).map(([name, words]) => (
            <div key={name}>
              <dt>
                <code>{name}:</code>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
          <div>
            <dt>
              <code>other words</code>
            </dt>
            <dd>are searched for in errors</dd>
          </div>
        </dl>
      </div>
      {hasToken() ? (
        <div class="modal-end">
          <button type="button" onClick={forgetToken}>
            Forget my token
          </button>
        </div>
      ) : null}
    </Modal>
  );
}
