import { useEffect, useState } from 'preact/hooks';
import type { Attempt } from './attempts.ts';
import { duration } from './format.ts';
import type { Moment } from './moment.ts';
import { Card, Text } from './text.tsx';

/** The most bars that are drawn; those before them are left out. */
const most = 150;

interface Props {
  readonly attempts: readonly Attempt[];
  readonly moment: Moment;
  readonly isPast: boolean;
}

/** What was asked when and for how long, with the waits between attempts. */
export function SagaTimeline({ attempts, moment, isPast }: Props) {
  const isOpen = !isPast && attempts.some(({ to }) => to === null);
  const now = useNow(isOpen, moment.at);
  const shown = attempts.slice(-most);
  const from = shown[0]?.from ?? moment.at;
  const to = Math.max(from + 1, isOpen ? now : moment.at, ...shown.map((one) => one.to ?? 0));
  const at = (time: number) => `${Math.max(0, ((time - from) / (to - from)) * 100)}%`;
  return (
    <Card title="Timeline" class="timeline-card">
      {shown.length === 0 ? <p class="card-empty">Nothing was asked yet.</p> : null}
      <div class="timeline">
        <div class="axis" aria-hidden="true">
          {ticks(to - from).map((tick) => (
            <i key={tick} style={{ left: at(from + tick) }}>
              {duration(tick)}
            </i>
          ))}
        </div>
        <ol>
          {shown.map((one, index) => {
            const end = one.to ?? (isOpen ? now : moment.at);
            const spent = end - one.from;
            return (
              <li key={index} class={lookOf(one)} title={titleOf(one, spent)}>
                <span class="bar-name">
                  <Text value={nameOf(one)} />
                </span>
                <span class="bar-track">
                  <b style={{ left: at(one.from), width: `max(3px, ${(spent / (to - from)) * 100}%)` }} />
                </span>
                <span class="bar-time">{duration(spent)}</span>
              </li>
            );
          })}
        </ol>
      </div>
    </Card>
  );
}

/** The time, moving as long as something goes on. */
function useNow(isOpen: boolean, at: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [isOpen]);
  return Math.max(now, at);
}

function nameOf({ step, op, phase, number }: Attempt): string {
  const what = op === 'undo' ? `undo ${step}` : op === 'seal' ? `seal ${step}` : step;
  if (phase === 'executing') return `${what}${number > 1 ? ` #${number}` : ''}`;
  return {
    backoff: 'backoff',
    polling: 'asks later',
    settling: `settles ${step}`,
    waiting: `waits for ${step}`,
  }[phase];
}

function lookOf({ op, phase, outcome, to }: Attempt): string {
  if (phase !== 'executing') return 'bar is-wait';
  if (to === null) return `bar is-open ${op === 'undo' ? 'is-undo' : ''}`;
  const isGood = outcome === 'succeeded' || outcome === 'sealed' || outcome === 'inProgress';
  return `bar ${isGood ? (op === 'undo' ? 'is-undo' : 'is-done') : 'is-failed'}`;
}

function titleOf(one: Attempt, spent: number): string {
  const words = [nameOf(one), one.to === null ? 'goes on' : one.outcome, one.error, duration(spent)];
  return words.filter((word) => word !== '').join(' · ');
}

/** Three to six round numbers between 0 and a span; ms. */
function ticks(span: number): readonly number[] {
  const rough = span / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * size).find((one) => one >= rough) ?? size;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_tick, index) => index * step).filter(
    (tick) => tick < span * 0.95,
  );
}
