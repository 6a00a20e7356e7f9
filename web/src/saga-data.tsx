import { useState } from 'preact/hooks';
import { JsonView } from './json-view.tsx';
import type { Moment } from './moment.ts';
import { Card } from './text.tsx';

const tabs = ['input', 'results', 'context'] as const;

/** What the saga was given, what the steps answered, and everything it remembers. */
export function SagaData({ moment }: { readonly moment: Moment }) {
  const [tab, setTab] = useState<(typeof tabs)[number]>('input');
  const value = { input: moment.input, results: moment.results, context: moment.context }[tab];
  return (
    <Card
      title="Data"
      tools={
        <div class="tabs" role="tablist" aria-label="Data">
          {tabs.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-controls="tab-data"
              aria-selected={name === tab}
              onClick={() => setTab(name)}
            >
              {name}
            </button>
          ))}
        </div>
      }
    >
      <div role="tabpanel" id="tab-data" aria-labelledby={`tab-${tab}`}>
        <JsonView value={value ?? null} />
      </div>
    </Card>
  );
}
