import { useState } from 'preact/hooks';
import { api, type BatchDetail } from './api.ts';
import { count, listed, percent } from './format.ts';
import { hrefTo } from './route.ts';
import { ErrorNotice, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

/** How often a batch that runs is looked at; ms. */
const interval = 500;

/** How far a batch is; what refused; and a way to end it. */
export function BatchProgress({ id, onClose }: { readonly id: string; readonly onClose?: () => void }) {
  const [isOver, setOver] = useState(false);
  const { data, error, reload } = useLoad<BatchDetail>(
    id,
    async (signal) => {
      const batch = await api.batch(id, signal);
      setOver(batch.status !== 'running');
      return batch;
    },
    isOver ? {} : { every: interval },
  );
  if (data === undefined) return error === undefined ? null : <ErrorNotice error={error} retry={reload} />;
  const { action, status, total, done, failed, failures, waitsFor } = data;
  const share = total === 0 ? 1 : (done + failed) / total;
  return (
    <div class={`batch-progress is-${status}`} role="status">
      <div class="batch-head">
        <strong>
          {action} {status === 'running' ? percent(share) : status}
        </strong>
        <span>
          {count(done)} done{failed > 0 ? `, ${count(failed)} refused` : ''} of {count(total)}
        </span>
        {status === 'running' ? (
          <button type="button" class="small" onClick={() => void api.abortBatch(id).then(reload)}>
            stop
          </button>
        ) : onClose === undefined ? null : (
          <button type="button" class="plain" aria-label="Close" onClick={onClose}>
            ✕
          </button>
        )}
      </div>
      <progress max={1} value={share} aria-label={`${action}: progress`} />
      {waitsFor.length === 0 ? null : (
        <p>
          Waits for a node that has{' '}
          <Text
            value={listed([...new Set(waitsFor.map(({ name, version }) => `${name} version ${version}`))])}
          />
          : no node that looked had it.
        </p>
      )}
      {failures.length === 0 ? null : (
        <details>
          <summary>What refused</summary>
          <ul>
            {failures.slice(0, 50).map(({ sagaId, reason }) => (
              <li key={sagaId}>
                <a href={hrefTo(['sagas', sagaId])}>
                  <Text value={sagaId} />
                </a>{' '}
                <Text value={reason} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
