import type { Findings } from './explore.ts';

/** What was found out, and the shortest way to what is wrong, as a numbered story. */
export function tell({ verdict, broken, states, story }: Findings): string {
  const steps = story.map((step, index) => `${String(index + 1).padStart(4)}. ${step}`);
  return [`${verdict} after ${states} states${broken === undefined ? '' : `: ${broken}`}`, ...steps].join(
    '\n',
  );
}
