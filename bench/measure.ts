import { performance } from 'node:perf_hooks';

/** What a load gave. Rates per second, times in ms. */
export interface Measured {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Keeps `inFlight` runs of `run` going for `duration` ms, after a fifth of that to warm up. */
export async function measure(
  inFlight: number,
  duration: number,
  run: () => Promise<void>,
): Promise<Measured> {
  await load(inFlight, duration / 5, run);
  const started = performance.now();
  const times = await load(inFlight, duration, run);
  const seconds = (performance.now() - started) / 1000;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

async function load(
  inFlight: number,
  duration: number,
  run: () => Promise<void>,
): Promise<readonly number[]> {
  const end = performance.now() + duration;
  const times: number[] = [];
  const worker = async () => {
    for (let began = performance.now(); began < end; began = performance.now()) {
      await run();
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return times;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
