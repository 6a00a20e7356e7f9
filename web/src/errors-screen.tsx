import { api, type ErrorGroup } from './api.ts';
import { now } from './clock.ts';
import { ago, count, dateTime } from './format.ts';
import { hrefTo, navigate, place } from './route.ts';
import { toWord } from './saga-query.ts';
import { Code, ErrorNotice, Notice, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

const spans: readonly (readonly [string, string])[] = [
  ['', 'now'],
  ['1h', 'last hour'],
  ['1d', 'last day'],
  ['7d', 'last week'],
];

/** What goes wrong, grouped: which step of which definition, how often, since when. */
export function ErrorsScreen() {
  const since = place.value.query.get('since') ?? '';
  const query = new URLSearchParams({ limit: '200', ...(since === '' ? {} : { since }) });
  const { data, error, reload } = useLoad(`errors ${since}`, (signal) => api.errors(query, signal), {
    every: 5_000,
    keeps: true,
  });
  return (
    <div class="screen">
      <header class="screen-head">
        <h1>Errors</h1>
        <div class="choice" role="group" aria-label="Since when">
          {spans.map(([value, words]) => (
            <button
              key={value}
              type="button"
              aria-pressed={value === since}
              onClick={() => navigate(hrefTo(['errors'], { since: value }), { replace: true })}
            >
              {words}
            </button>
          ))}
        </div>
      </header>
      {data === undefined ? (
        error === undefined ? (
          <Notice kind="loading" title="Looking for errors …" />
        ) : (
          <ErrorNotice error={error} retry={reload} />
        )
      ) : data.errors.length === 0 ? (
        <Notice kind="empty" title="Nothing goes wrong">
          <p>Faults that sagas meet are grouped here by definition, step and code.</p>
        </Notice>
      ) : (
        <ol class="error-groups">
          {data.errors.map((group) => (
            <Group
              key={`${group.name} ${group.step} ${group.op} ${group.code}`}
              group={group}
              most={data.errors[0]?.count ?? 1}
            />
          ))}
        </ol>
      )}
    </div>
  );
}

function Group({ group, most }: { readonly group: ErrorGroup; readonly most: number }) {
  const { name, step, op, code, message, count: times, firstAt, lastAt, sagaIds } = group;
  const query = `${toWord('name', name)} ${toWord('error', code)}`;
  return (
    <li class="error-group card">
      <div class="error-count">
        <b>{count(times)}</b>
        <meter min={0} max={most} value={times} aria-hidden="true" />
      </div>
      <div class="error-about">
        <h2>
          <Code value={code} /> <Text value={message} />
        </h2>
        <p>
          <Text
            value={`${name} · ${op === 'do' ? '' : `${op === 'undo' ? 'undo of' : 'outcome of'} `}${step}`}
          />
          <span title={`${dateTime(Date.parse(firstAt))} to ${dateTime(Date.parse(lastAt))}`}>
            first {ago(Date.parse(firstAt), now.value)} ago, last {ago(Date.parse(lastAt), now.value)} ago
          </span>
        </p>
        <p class="error-sagas">
          {sagaIds.map((id) => (
            <a key={id} href={hrefTo(['sagas', id], { q: query })}>
              <Text value={id} />
            </a>
          ))}
        </p>
      </div>
      <div class="error-tools">
        <a class="button" href={hrefTo(['sagas'], { q: query })}>
          All {count(times)}
        </a>
      </div>
    </li>
  );
}
