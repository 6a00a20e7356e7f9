import { useEffect } from 'preact/hooks';
import { api, isMissing, type Proof } from './api.ts';
import { count, duration } from './format.ts';
import { Card, Code, ErrorNotice, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

/** How long to wait before a proof that is still made is asked for again; ms. */
const pause = 1_000;

/** What was proven of a definition; nothing where the server proves nothing. */
export function ProofCard({ name, version }: { readonly name: string; readonly version: number }) {
  const { data, error, reload } = useLoad(
    `${name} ${version}`,
    (signal) => api.proof(name, version, signal),
    { keeps: true },
  );
  const isMade = data !== undefined && 'properties' in data;
  useEffect(() => {
    if (data === undefined || isMade) return undefined;
    const timer = setTimeout(reload, pause);
    return () => clearTimeout(timer);
  }, [data]);
  if (error !== undefined && isMissing(error)) return null;
  return (
    <Card title="Proof" class="proof-card" tools={isMade ? <Verdict proof={data} /> : null}>
      {isMade ? (
        <Report proof={data} />
      ) : error === undefined ? (
        <p class="card-empty" role="status">
          Everything that may happen to it is being tried. This takes some seconds, once.
        </p>
      ) : (
        <ErrorNotice error={error} retry={reload} />
      )}
    </Card>
  );
}

function Verdict({ proof: { isSound, isComplete, states } }: { readonly proof: Proof }) {
  const words = isSound ? (isComplete ? 'sound' : 'sound as far as it was explored') : 'not sound';
  return (
    <>
      <span>{count(states)} states tried</span>
      <span class={`badge is-${isSound ? 'completed' : 'failed'}`}>{words}</span>
    </>
  );
}

function Report({ proof }: { readonly proof: Proof }) {
  const { properties, counterexamples, rollback, needs, missingCompensations, assumptions, unexplored } =
    proof;
  const guarantees = { barrier: 'a barrier', idempotent: 'to do the same only once', plain: 'nothing' };
  return (
    <div class="proof">
      <ul class="proof-properties">
        {properties.map(({ text, holds }) => (
          <li key={text} class={holds ? 'is-held' : 'is-broken'}>
            <b>{holds ? '✓ holds' : '✕ violated'}</b> <Text value={text} />
          </li>
        ))}
      </ul>
      {counterexamples.map((one) => (
        <Story key={`${one.property} ${one.what}`} counterexample={one} />
      ))}
      <div class="proof-parts">
        <Part title="When a step does not succeed" lines={rollback.map(({ text }) => text)} />
        <Durations durations={proof.durations} />
        <Part
          title="What participants need"
          lines={needs.map(
            ({ participant, guarantee, because }) =>
              `${participant}: ${guarantees[guarantee]}${because[0] === undefined ? '' : `, because ${because[0]}`}`,
          )}
        />
        <Part
          title="Steps that nobody undoes"
          lines={missingCompensations.map(({ step, why, isSafe }) =>
            isSafe
              ? `${step}: safe, nothing turns back after it`
              : `${step}: its effect may stay behind; ${why}`,
          )}
        />
        <Part title="Not explored" lines={unexplored} />
      </div>
      <details>
        <summary>Taken for granted</summary>
        <ul>
          {assumptions.map((text) => (
            <li key={text}>
              <Text value={text} />
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** How it comes to a defect, by the shortest way there is. */
function Story({ counterexample }: { readonly counterexample: Proof['counterexamples'][number] }) {
  const { what, skipped, story } = counterexample;
  return (
    <section class="proof-story" aria-label={what}>
      <h3>
        ✕ <Text value={what} />
      </h3>
      {skipped.length === 0 ? null : (
        <p>
          <Text value={`guards skip ${skipped.join(', ')}`} />
        </p>
      )}
      <ol>
        {story.map(({ text, attempts, state }, index) => (
          <li key={index}>
            <Text value={text} />
            {attempts === 1 ? '' : ` (${attempts} attempts)`} <Code value={state} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Part({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line}>
            <Text value={line} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Durations({ durations }: { readonly durations: Proof['durations'] }) {
  const { forwardMs, backwardMs, untilKnownMs, steps } = durations;
  const span = (ms: number | null) => (ms === null ? 'as long as a signal takes' : exact(ms));
  return (
    <section>
      <h3>At most</h3>
      <p>
        {span(forwardMs)} forward, {span(backwardMs)} back, {span(untilKnownMs)} until it is closed or with a
        person
      </p>
      <ul>
        {steps.map(({ step, action, seal, undo }) => (
          <li key={step}>
            <Text value={step} />: {formula(action)}
            {seal === null ? '' : `; sealing ${formula(seal)}`}
            {undo === null ? '' : `; undoing ${formula(undo)}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `5 × 10 s + 1.5 s = 52 s`: attempts, what each may take, the waits between them. */
function formula({
  attempts,
  timeoutMs,
  backoffsMs,
  totalMs,
}: Proof['durations']['steps'][number]['action']): string {
  const waits = backoffsMs.reduce((sum, one) => sum + one, 0);
  if (attempts === 1) return exact(totalMs);
  return `${attempts} × ${exact(timeoutMs)}${waits === 0 ? '' : ` + ${exact(waits)}`} = ${exact(totalMs)}`;
}

/** Sums are to be seen to be right: minutes with a fraction. */
function exact(ms: number): string {
  return ms < 60_000 || ms >= 3_600_000 ? duration(ms) : `${Number((ms / 60_000).toFixed(1))} min`;
}
