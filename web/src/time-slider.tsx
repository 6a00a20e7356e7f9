import { useEffect, useState } from 'preact/hooks';
import type { Line } from './api.ts';
import { eventTone, eventWords } from './event-words.ts';
import { clock, duration } from './format.ts';
import { useKeys } from './keyboard.ts';
import { navigate, withQuery } from './route.ts';
import { Text } from './text.tsx';

interface Props {
  readonly lines: readonly Line[];
  readonly seq: number;
  readonly isPast: boolean;
}

/** How fast the journal is played; ms a line. */
const pace = 700;

/** Goes through the journal: everything below is shown as it was after the chosen line. */
export function TimeSlider({ lines, seq, isPast }: Props) {
  const last = lines.length;
  const [isPlaying, setPlaying] = useState(false);
  const go = (to: number) =>
    navigate(withQuery({ seq: to >= last ? undefined : Math.max(1, to) }), { replace: true });
  // The slider itself moves by these keys, too.
  const step = (by: number) => (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLInputElement)) go(seq + by);
  };
  useKeys({ ArrowLeft: step(-1), ArrowRight: step(1) });
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setTimeout(() => (seq >= last ? setPlaying(false) : go(seq + 1)), pace);
    return () => clearTimeout(timer);
  }, [isPlaying, seq, last]);
  const play = () => {
    if (!isPlaying && seq >= last) go(1);
    setPlaying(!isPlaying);
  };
  const line = lines[seq - 1];
  if (line === undefined) return null;
  return (
    <section class={`slider ${isPast ? 'is-past' : ''}`} aria-label="Time travel">
      <button type="button" class="round" aria-label={isPlaying ? 'Stop' : 'Play the journal'} onClick={play}>
        {isPlaying ? '❚❚' : '▶'}
      </button>
      <button
        type="button"
        class="round"
        aria-label="One line back"
        disabled={seq <= 1}
        onClick={() => go(seq - 1)}
      >
        ‹
      </button>
      <div class="slider-track">
        <input
          type="range"
          aria-label="Line of the journal"
          aria-valuetext={`line ${seq} of ${last}: ${eventWords(line)}`}
          min={1}
          max={last}
          value={seq}
          onInput={(event) => go(Number(event.currentTarget.value))}
        />
        <Ticks lines={lines} />
      </div>
      <button
        type="button"
        class="round"
        aria-label="One line on"
        disabled={!isPast}
        onClick={() => go(seq + 1)}
      >
        ›
      </button>
      <LineWords line={line} lines={lines} />
      <button
        type="button"
        class={isPast ? 'main small' : 'small'}
        disabled={!isPast}
        onClick={() => go(last)}
      >
        {isPast ? 'back to now' : '● now'}
      </button>
    </section>
  );
}

/** Which line it is, when it was, and what it says. */
function LineWords({ line, lines }: { readonly line: Line; readonly lines: readonly Line[] }) {
  const since = Date.parse(line.at) - Date.parse(lines[0]?.at ?? line.at);
  return (
    <p class="slider-words">
      <b>
        {line.seq}/{lines.length}
      </b>{' '}
      <time>{clock(Date.parse(line.at))}</time> <small>+{duration(since)}</small>{' '}
      <Text value={eventWords(line)} />
    </p>
  );
}

/** A mark for each line, coloured by what it says; none where they would run together. */
function Ticks({ lines }: { readonly lines: readonly Line[] }) {
  if (lines.length < 2 || lines.length > 120) return null;
  return (
    <div class="ticks" aria-hidden="true">
      {lines.map((line) => (
        <i key={line.seq} class={`is-${eventTone(line)}`} />
      ))}
    </div>
  );
}
