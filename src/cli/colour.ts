import type { SagaStatus } from '../core/store.ts';
import type { Io } from './io.ts';

/** What a text is about, by colour; the text itself always says it, too. */
export type Tone = 'good' | 'busy' | 'bad' | 'dim';

/** What switches a tone on, and off again (ECMA-48). Not `styleText`: that asks the stdout of this process. */
const styles: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  busy: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
};

const tones: Readonly<Record<SagaStatus, Tone>> = {
  running: 'busy',
  compensating: 'busy',
  completed: 'good',
  compensated: 'dim',
  failed: 'bad',
  abandoned: 'dim',
};

/** A text in colour, where the terminal has any and nobody asked for none. */
export function paint(io: Pick<Io, 'hasColour'>, tone: Tone, text: string): string {
  const [on, off] = styles[tone];
  return io.hasColour ? `\u001B[${on}m${text}\u001B[${off}m` : text;
}

/** The tone of a status. */
export function toneOf(status: SagaStatus): Tone {
  return tones[status];
}
