import { explore } from './explore.ts';
import type { Model } from './model.ts';
import type { World } from './world.ts';

/** From where the saga must be able to come where; everything in between may go wrong in any way. */
export interface Hope {
  readonly from: (world: World) => boolean;
  readonly to: (world: World) => boolean;
}

/** How many states there are from which the goal is lost for good, among how many that were to reach it. */
export function countStuck(
  model: Model,
  { from, to }: Hope,
): { readonly stuck: number; readonly hopeful: number } {
  const starts: boolean[] = [];
  const goals: number[] = [];
  const into: number[][] = [];
  explore(model, {
    onState: (world) => {
      if (to(world)) goals.push(starts.length);
      starts.push(from(world));
      into.push([]);
    },
    onMove: (source, target) => into[target]?.push(source),
  });
  const reaches = new Set(goals);
  for (const state of reaches) for (const source of into[state] ?? []) reaches.add(source);
  const hopeful = starts.flatMap((isStart, state) => (isStart ? [state] : []));
  return { stuck: hopeful.filter((state) => !reaches.has(state)).length, hopeful: hopeful.length };
}
