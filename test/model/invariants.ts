import type { Model } from './model.ts';
import type { World } from './world.ts';

/** What must hold in every state of the world. */
export function checkWorld(model: Model, world: World): void {
  const { rows } = model;
  const { status } = rows.get(world.row);
  rows.steps.forEach((_, index) =>
    checkStep(model, world, index, status === 'completed', status === 'compensated'),
  );
  if (status === 'completed' && world.isCancelled)
    world.fail('a cancel was accepted, and the saga completed');
}

function checkStep(
  { rows, isForwardOnly }: Model,
  world: World,
  step: number,
  isCompleted: boolean,
  isCompensated: boolean,
): void {
  const name = rows.steps[step]?.name ?? '';
  const [done, undone] = [world.done(step), world.undone(step)];
  if (done > 1) world.fail(`${name} had its effect twice`);
  if (undone > 1) world.fail(`${name} was undone twice`);
  if (undone > done) world.fail(`${name} was undone without an effect`);
  if (isCompleted && (done !== 1 || undone !== 0))
    world.fail(`the saga completed, and the effect of ${name} ${undone > 0 ? 'is undone' : 'is missing'}`);
  if (isCompensated && done !== undone)
    world.fail(
      `the saga is compensated, and the effect of ${name} is left${isForwardOnly[step] === true ? ', which nobody can undo' : ''}`,
    );
}

/** What must hold when an action has had its effect. */
export function checkDone({ rows, places }: Model, world: World, step: number): void {
  const place = places[step] ?? 0;
  rows.steps.forEach(({ name }, other) => {
    if ((places[other] ?? 0) >= place || world.done(other) - world.undone(other) === 1) return;
    world.fail(`${rows.steps[step]?.name} ran while ${name} before it has no effect`);
  });
}

/** What must hold when an effect was undone. */
export function checkUndone({ rows, places, isForwardOnly }: Model, world: World, step: number): void {
  const { ordinals } = rows.get(world.row);
  const name = rows.steps[step]?.name;
  rows.steps.forEach((other, index) => {
    if (world.done(index) <= world.undone(index)) return;
    const isAfter = (places[index] ?? 0) > (places[step] ?? 0);
    if (isAfter && isForwardOnly[index] === true)
      world.fail(`${name} was undone although ${other.name} had succeeded`);
    const isLaterMember = places[index] === places[step] && (ordinals[index] ?? 0) > (ordinals[step] ?? 0);
    if (isAfter || isLaterMember) world.fail(`${name} was undone before ${other.name}, which came after it`);
  });
}
