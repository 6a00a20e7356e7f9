import { api, type Batch } from './api.ts';
import { BatchProgress } from './batch-progress.tsx';
import { now } from './clock.ts';
import { ago, count, dateTime } from './format.ts';
import { hrefTo, place } from './route.ts';
import { ErrorNotice, Notice, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

/** What was done to many sagas at once. */
export function BatchesScreen() {
  const [, chosen] = place.value.path;
  const { data, error, reload } = useLoad('batches', (signal) => api.batches(signal), {
    every: 2_000,
    keeps: true,
  });
  return (
    <div class="screen">
      <header class="screen-head">
        <h1>Batches</h1>
      </header>
      {chosen === undefined ? null : <BatchProgress key={chosen} id={chosen} />}
      {data === undefined ? (
        error === undefined ? (
          <Notice kind="loading" title="Reading the batches …" />
        ) : (
          <ErrorNotice error={error} retry={reload} />
        )
      ) : data.batches.length === 0 ? (
        <Notice kind="empty" title="There are no batches yet">
          <p>Select sagas in the list (x), then choose what to do with all of them.</p>
        </Notice>
      ) : (
        <div class="card table-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Action</th>
                <th scope="col">Status</th>
                <th scope="col">Done</th>
                <th scope="col">Refused</th>
                <th scope="col">Of</th>
                <th scope="col">When</th>
                <th scope="col">Who and why</th>
              </tr>
            </thead>
            <tbody>
              {data.batches.map((batch) => (
                <BatchRow key={batch.id} batch={batch} isChosen={batch.id === chosen} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function BatchRow({ batch, isChosen }: { readonly batch: Batch; readonly isChosen: boolean }) {
  const { id, action, status, done, failed, total, createdAt, actor, reason } = batch;
  return (
    <tr class={isChosen ? 'is-chosen' : ''}>
      <th scope="row">
        <a href={hrefTo(['batches', id])}>{action}</a>
      </th>
      <td>
        <span
          class={`badge is-${status === 'done' ? 'completed' : status === 'running' ? 'running' : 'failed'}`}
        >
          {status}
        </span>
      </td>
      <td class="number">{count(done)}</td>
      <td class={`number ${failed > 0 ? 'is-bad' : ''}`}>{count(failed)}</td>
      <td class="number">{count(total)}</td>
      <td title={dateTime(Date.parse(createdAt))}>{ago(Date.parse(createdAt), now.value)} ago</td>
      <td>
        <Text
          value={[actor, reason === null ? null : `“${reason}”`].filter((word) => word !== null).join(': ')}
        />
      </td>
    </tr>
  );
}
