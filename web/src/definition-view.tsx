import { useState } from 'preact/hooks';
import { type Definition, definitionDrawing, type Stats, type Status } from './api.ts';
import { ChartCard } from './chart-card.tsx';
import { count, duration } from './format.ts';
import { ProofCard } from './proof-card.tsx';
import { hrefTo, navigate, place, withQuery } from './route.ts';
import { toWord } from './saga-query.ts';
import { StartForm } from './start-form.tsx';
import { Card, Code, Text } from './text.tsx';

/** One definition: what it does, how its sagas fare, and a way to start one. */
export function DefinitionView({
  definition,
  stats,
}: {
  readonly definition: Definition;
  readonly stats: Stats | undefined;
}) {
  const { name, version, description, timeoutMs, hash, metadata } = definition;
  const selected = place.value.query.get('state') ?? undefined;
  const [isStarting, setStarting] = useState(false);
  return (
    <article class="definition">
      <header class="saga-head">
        <a class="back" href={hrefTo(['definitions'])}>
          ← all definitions
        </a>
        <div class="saga-name">
          <h1>
            <Text value={name} />
          </h1>
          <span class="badge">v{version}</span>
        </div>
        <p class="saga-meta">
          {description === '' ? null : <Text value={description} />}
          <span>{timeoutMs === null ? 'no deadline' : `deadline after ${duration(timeoutMs)}`}</span>
          <span>
            structure <Code value={hash.slice(0, 10)} />
          </span>
          {Object.entries(metadata).map(([key, value]) => (
            <span key={key}>
              <Text value={`${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`} />
            </span>
          ))}
        </p>
        <div class="saga-actions">
          <button type="button" class="main" onClick={() => setStarting(true)}>
            Start one
          </button>
          <a class="button" href={hrefTo(['sagas'], { q: toWord('name', name) })}>
            Its sagas
          </a>
        </div>
      </header>
      <StateCounts definition={definition} stats={stats} />
      <ChartCard
        name={`${name}-${version}`}
        addressOf={(view) => definitionDrawing(name, version, view)}
        version={hash}
        selected={selected}
        onSelect={(state) => navigate(withQuery({ state }), { replace: true })}
      />
      <StepTable definition={definition} selected={selected} />
      <ProofCard name={name} version={version} />
      {isStarting ? <StartForm definition={definition} onClose={() => setStarting(false)} /> : null}
    </article>
  );
}

const statuses: readonly Status[] = [
  'running',
  'compensating',
  'failed',
  'completed',
  'compensated',
  'abandoned',
];

function StateCounts({
  definition: { name, version },
  stats,
}: {
  readonly definition: Definition;
  readonly stats: Stats | undefined;
}) {
  const counts = stats?.definitions.find((one) => one.name === name && one.version === version)?.counts;
  return (
    <div class="tiles is-small">
      {statuses.map((status) => (
        <a
          key={status}
          class={`tile is-${status}`}
          href={hrefTo(['sagas'], { q: `${toWord('name', name)} ${toWord('status', status)}` })}
        >
          <b>{count(counts?.[status] ?? 0)}</b>
          <span>{status}</span>
        </a>
      ))}
    </div>
  );
}

function StepTable({
  definition: { steps },
  selected,
}: {
  readonly definition: Definition;
  readonly selected: string | undefined;
}) {
  const chosen = selected?.split('.').at(-1);
  return (
    <Card title="Steps">
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Kind</th>
              <th scope="col">Action</th>
              <th scope="col">Compensation</th>
              <th scope="col">Attempts</th>
              <th scope="col">Timeout</th>
              <th scope="col">If it fails</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.name} class={step.name === chosen ? 'is-chosen' : ''}>
                <th scope="row">
                  <Text value={step.name} />
                  {step.group === null ? null : (
                    <small>
                      {' '}
                      in <Text value={step.group} />
                    </small>
                  )}
                  {step.isConditional ? <small> conditional</small> : null}
                </th>
                <td>{step.kind}</td>
                <td>
                  <Code value={step.action} />
                </td>
                <td>{step.compensation === null ? '–' : <Code value={step.compensation} />}</td>
                <td class="number">{step.maximumAttempts}</td>
                <td class="number">{duration(step.timeoutMs)}</td>
                <td>{step.onFailure}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
