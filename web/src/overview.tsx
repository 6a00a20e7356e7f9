import { api, type ErrorGroup, type Stats, type Status } from './api.ts';
import { now } from './clock.ts';
import { ago, count, percent } from './format.ts';
import { hrefTo } from './route.ts';
import type { SagaList } from './saga-list.ts';
import { toWord } from './saga-query.ts';
import { Card, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

const tiles: readonly (readonly [Status, string])[] = [
  ['running', 'go forward'],
  ['compensating', 'go back'],
  ['failed', 'wait for a person'],
  ['completed', 'are done'],
  ['compensated', 'are undone'],
];

/** What there is, where no saga is chosen: how many, how they ended, what goes wrong most. */
export function Overview({ list }: { readonly list: SagaList }) {
  const stats = useLoad('stats', (signal) => api.stats(signal), { every: 5_000 });
  const errors = useLoad('errors', (signal) => api.errors(new URLSearchParams({ limit: '6' }), signal), {
    every: 10_000,
  });
  const counts =
    list.rows.value.length > 0 ? (stats.data?.counts ?? list.counts.value) : (stats.data?.counts ?? {});
  return (
    <div class="overview">
      <h1>Sagas</h1>
      <p class="lead">Choose one to see where it is, why, and what can be done. All of it is live.</p>
      <div class="tiles">
        {tiles.map(([status, words]) => (
          <a
            key={status}
            class={`tile is-${status}`}
            href={hrefTo(['sagas'], { q: toWord('status', status) })}
          >
            <b>{count(counts[status] ?? 0)}</b>
            <span>{words}</span>
          </a>
        ))}
      </div>
      {stats.data === undefined ? null : <Rates stats={stats.data} />}
      <Card title="What goes wrong most" tools={<a href={hrefTo(['errors'])}>all errors</a>}>
        <CommonErrors errors={errors.data?.errors ?? []} />
      </Card>
    </div>
  );
}

function Rates({ stats }: { readonly stats: Stats }) {
  return (
    <Card title="How they end">
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Definition</th>
              <th scope="col">Sagas</th>
              <th scope="col">Completed</th>
              <th scope="col">Undone</th>
              <th scope="col">Needed a person</th>
            </tr>
          </thead>
          <tbody>
            {stats.definitions.map(({ name, version, counts, rates }) => (
              <tr key={`${name}@${version}`}>
                <th scope="row">
                  <a href={hrefTo(['definitions', name, String(version)])}>
                    <Text value={name} /> <small>v{version}</small>
                  </a>
                </th>
                <td class="number">{count(Object.values(counts).reduce((sum, one) => sum + one, 0))}</td>
                <td class="number">
                  <Share share={rates.success} look="completed" />
                </td>
                <td class="number">
                  <Share share={rates.compensation} look="compensated" />
                </td>
                <td class="number">
                  <Share share={rates.intervention} look="failed" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Share({ share, look }: { readonly share: number | null; readonly look: string }) {
  return (
    <span class="share">
      <meter class={`is-${look}`} min={0} max={1} value={share ?? 0} aria-hidden="true" />
      {percent(share)}
    </span>
  );
}

function CommonErrors({ errors }: { readonly errors: readonly ErrorGroup[] }) {
  if (errors.length === 0) return <p class="card-empty">Nothing goes wrong.</p>;
  return (
    <ul class="common-errors">
      {errors.map(({ name, step, op, code, message, count: times, lastAt }) => (
        <li key={`${name} ${step} ${op} ${code}`}>
          <a href={hrefTo(['sagas'], { q: `${toWord('name', name)} ${toWord('error', code)}` })}>
            <b>{count(times)}</b>
            <span>
              <code>
                <Text value={code} />
              </code>{' '}
              <Text value={message} />
              <small>
                <Text value={`${name} · ${op === 'do' ? '' : `${op} `}${step}`} /> ·{' '}
                {ago(Date.parse(lastAt), now.value)}
              </small>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
