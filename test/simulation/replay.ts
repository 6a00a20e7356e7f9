import { simulateSeed } from './real-world.ts';

const seed = Number(process.argv[2]);
if (!Number.isInteger(seed))
  throw new Error('Which seed? npx tsx --conditions=source test/simulation/replay.ts 4711');

const { violations, hash, figures } = await simulateSeed(seed, { onLine: (line) => console.log(line) });
console.log(`\nseed ${seed}, hash ${hash}, ${JSON.stringify(figures)}`);
for (const { invariant, sagaId = '', what } of violations)
  console.log(`VIOLATED ${invariant} ${sagaId}: ${what}`);
process.exitCode = violations.length === 0 ? 0 : 1;
