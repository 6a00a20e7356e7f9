import { constants } from 'node:os';

/** npm, tsx and the terminal each pass a Ctrl-C on: what comes within this many ms of the first is the same one. */
const echo = 300;

/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once, with 128 and the signal's number. */
export function stopSignal(): Promise<NodeJS.Signals> {
  let first: number | undefined;
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (first === undefined) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > echo) process.exit(128 + constants.signals[signal]);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
