import { signal } from '@preact/signals';
import type { Status } from './api.ts';
import { count } from './format.ts';
import { hrefTo, navigate } from './route.ts';
import type { SagaList } from './saga-list.ts';
import { parseQuery, withFilter } from './saga-query.ts';
import { readViews, saveView, removeView, type View } from './saved-views.ts';

const statuses: readonly Status[] = [
  'running',
  'compensating',
  'failed',
  'completed',
  'compensated',
  'abandoned',
];
const views = signal(readViews());

interface Props {
  readonly list: SagaList;
  readonly text: string;
}

/** What narrows the list down, and stops its moving. */
export function ListTools({ list, text }: Props) {
  return (
    <div class="list-tools">
      <StatusChips list={list} text={text} />
      <div class="list-bar">
        <Views text={text} />
        <button
          type="button"
          class="small"
          aria-pressed={list.isPaused.value}
          title="Pause and resume (p)"
          onClick={() => list.setPaused(!list.isPaused.value)}
        >
          {list.isPaused.value
            ? `▶ resume${list.missed.value > 0 ? ` · ${count(list.missed.value)} moved` : ''}`
            : '❚❚ pause'}
        </button>
      </div>
      {list.unseen.value === 0 ? null : (
        <button type="button" class="fresh" onClick={() => void list.reload()}>
          ↑ {count(list.unseen.value)} more match now · show
        </button>
      )}
    </div>
  );
}

/** How many there are of each status; one click shows only those. */
function StatusChips({ list, text }: Props) {
  const { status, stuck } = parseQuery(text).filters;
  const chosen = status?.split(',') ?? [];
  const toggled = (one: Status) => {
    const next = chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one];
    return withFilter(text, 'status', next.length === 0 ? undefined : next.join(','));
  };
  const stuckCount = list.stuck.value.size;
  return (
    <div class="chips" role="group" aria-label="Statuses">
      {statuses.map((one) => (
        <button
          key={one}
          type="button"
          class={`chip is-${one}`}
          aria-pressed={chosen.includes(one)}
          onClick={() => navigate(hrefTo(['sagas'], { q: toggled(one) }))}
        >
          {one} <b>{count(list.counts.value[one] ?? 0)}</b>
        </button>
      ))}
      <button
        type="button"
        class="chip is-stuck"
        aria-pressed={stuck !== undefined}
        title="Should be moving, and did not for five minutes"
        onClick={() =>
          navigate(
            hrefTo(['sagas'], { q: withFilter(text, 'stuck', stuck === undefined ? '5m' : undefined) }),
          )
        }
      >
        stuck <b>{stuckCount >= 200 ? '200+' : stuckCount}</b>
      </button>
    </div>
  );
}

/** Queries that are kept under a name; the address holds the query itself, to be passed on. */
function Views({ text }: { readonly text: string }) {
  const current = views.value.find(({ query }) => query === text);
  const choose = (name: string) => {
    const view = views.value.find((one) => one.name === name);
    if (view !== undefined) navigate(hrefTo(['sagas'], { q: view.query }));
  };
  const keep = () => {
    const name = prompt('A name for this view', text)?.trim();
    if (name !== undefined && name !== '') views.value = saveView({ name, query: text });
  };
  return (
    <div class="views">
      <select
        aria-label="Views"
        value={current?.name ?? ''}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {current === undefined ? <option value="">this query</option> : null}
        {views.value.map(({ name }: View) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {current === undefined ? (
        <button type="button" class="small" onClick={keep} title="Keep this query under a name">
          ☆ save
        </button>
      ) : current.isOwn === true ? (
        <button type="button" class="small" onClick={() => (views.value = removeView(current.name))}>
          forget
        </button>
      ) : null}
    </div>
  );
}
