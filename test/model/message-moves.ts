import { checkDone, checkUndone } from './invariants.ts';
import type { Model } from './model.ts';
import type { Mover } from './mover.ts';
import { type Course, replyKinds } from './participants.ts';
import type { CommandKind } from './rows.ts';
import { stories } from './stories.ts';
import { handling, type World } from './world.ts';

/** A message reaches its participant, in each way in which that may go, or never does. */
export function messageMoves(mover: Mover, slot: number): void {
  const { model, world } = mover;
  const copies = world.copies(slot);
  if (copies === 0 && !world.hasEcho(slot)) return;
  const { command, generation, attempt, node } = world.messageIn(slot);
  const { name, op, step } = model.rows.commands[command] as CommandKind;
  for (const course of model.participants.courses(world, op, step, generation)) {
    if (course.reply === 'inProgress' && !mover.has('polls')) continue;
    mover.try(
      (next) => arrive(model, next, slot, course),
      () => stories.arrives(name, attempt, node, course.story, copies === 0),
    );
  }
  // Where delays know no bound, a lost message is one that never arrives.
  if (model.scenario.boundedDelay === true)
    mover.try(
      (next) => next.setCopies(slot, copies - 1),
      () => stories.lost(`${name} (attempt ${attempt})`),
    );
}

function arrive(model: Model, next: World, slot: number, course: Course): void {
  const { command, generation, node } = next.messageIn(slot);
  const { step } = model.rows.commands[command] as CommandKind;
  if (next.copies(slot) > 0) next.setCopies(slot, next.copies(slot) - 1);
  if (model.scenario.duplicates === true) next.setEcho(slot);
  const [done, undone] = [next.done(step), next.undone(step)];
  course.change(next, step, generation);
  if (next.done(step) > done) checkDone(model, next, step);
  if (next.undone(step) > undone) checkUndone(model, next, step);
  if (isExpected(model, next, slot))
    next.setReplies(node, command, next.replies(node, command) | (1 << replyKinds.indexOf(course.reply)));
}

/** Whether somebody waits for the answer; else nobody is there to hear it. */
function isExpected({ rows, rules }: Model, world: World, slot: number): boolean {
  const { command, node } = world.messageIn(slot);
  const memory = world.memory(node);
  if (memory === undefined || !rules.strictReplies) return memory !== undefined;
  return (
    world.handling(node, command) === handling.awaited &&
    world.slotOf(rows.message(memory, command, node)) === slot
  );
}
