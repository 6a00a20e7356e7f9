import { api, type Definition } from './api.ts';
import { DefinitionView } from './definition-view.tsx';
import { many } from './format.ts';
import { hrefTo, place } from './route.ts';
import { ErrorNotice, Notice, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

/** The definitions, and one of them beside the list. */
export function DefinitionsScreen() {
  const [, name, version] = place.value.path;
  const definitions = useLoad('definitions', (signal) => api.definitions(signal));
  const stats = useLoad('stats', (signal) => api.stats(signal), { every: 5_000 });
  const { data, error, reload } = definitions;
  if (data === undefined)
    return error === undefined ? (
      <Notice kind="loading" title="Reading the definitions …" />
    ) : (
      <ErrorNotice error={error} retry={reload} />
    );
  const { items } = data;
  const chosen = choose(items, name, version);
  return (
    <div class={`split ${name === undefined ? 'is-list' : 'is-detail'}`}>
      <section class="list-pane" aria-label="Definitions">
        <ol class="definition-list">
          {items.map((one) => {
            const counts = stats.data?.definitions.find(
              (own) => own.name === one.name && own.version === one.version,
            )?.counts;
            return (
              <li key={`${one.name}@${one.version}`} class={one === chosen ? 'row is-open' : 'row'}>
                <a
                  href={hrefTo(['definitions', one.name, String(one.version)])}
                  aria-current={one === chosen ? 'true' : undefined}
                >
                  <span class="row-id">
                    <Text value={one.name} />
                  </span>
                  <span class="row-badges">v{one.version}</span>
                  <span class="row-about">
                    {[
                      many(one.steps.length, 'step'),
                      one.signals.length === 0 ? '' : many(one.signals.length, 'signal'),
                    ]
                      .filter((words) => words !== '')
                      .join(' · ')}
                  </span>
                  <span class="row-age">
                    {many(
                      Object.values(counts ?? {}).reduce((sum, more) => sum + more, 0),
                      'saga',
                    )}
                  </span>
                </a>
              </li>
            );
          })}
        </ol>
        {items.length === 0 ? <Notice kind="empty" title="This node has no definitions" /> : null}
      </section>
      <div class="detail-pane">
        {chosen === undefined ? (
          name === undefined ? null : (
            <Notice kind="empty" title="There is no such definition on this node" />
          )
        ) : (
          <DefinitionView key={`${chosen.name}@${chosen.version}`} definition={chosen} stats={stats.data} />
        )}
      </div>
    </div>
  );
}

function choose(
  items: readonly Definition[],
  name: string | undefined,
  version: string | undefined,
): Definition | undefined {
  if (name === undefined) return items[0];
  const named = items.filter((one) => one.name === name).toSorted((a, b) => b.version - a.version);
  return version === undefined || version === 'latest'
    ? named[0]
    : named.find((one) => String(one.version) === version);
}
