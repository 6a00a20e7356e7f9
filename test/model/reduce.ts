import type { Model } from './model.ts';
import { canWrite } from './nodes.ts';
import type { CommandKind } from './rows.ts';
import { handling, type World } from './world.ts';

/** Takes away what can make no difference any more, so that states that behave alike are one. */
export function reduce(model: Model, world: World): void {
  for (let node = 0; node < model.size.nodes; node += 1) {
    if (world.memory(node) !== undefined && !canWrite(model, world, node)) forgetZombie(model, world, node);
    if (model.rules.strictReplies) forgetReplies(model, world, node);
  }
  if (model.rules.strictReplies)
    for (let slot = 0; slot < world.slots; slot += 1) forgetMessage(model, world, slot);
}

/** Whatever a node decides that was overtaken, its write is refused: it can only send what was durable before. */
function forgetZombie({ size }: Model, world: World, node: number): void {
  let hasUnsent = false;
  for (let command = 0; command < size.commands; command += 1) {
    if (world.handling(node, command) === handling.unsent) hasUnsent = true;
    else world.handle(node, command, handling.none);
  }
  if (!hasUnsent && world.pending(node) === undefined) world.forget(node);
}

/** A reply that nobody awaits is dropped by the transport. */
function forgetReplies({ size }: Model, world: World, node: number): void {
  for (let command = 0; command < size.commands; command += 1) {
    if (world.handling(node, command) !== handling.awaited) world.setReplies(node, command, 0);
  }
}

/** A message to which the participant would answer from memory, to somebody who does not listen. */
function forgetMessage({ rows, participants }: Model, world: World, slot: number): void {
  if (world.copies(slot) === 0 && !world.hasEcho(slot)) return;
  const { command, generation, node } = world.messageIn(slot);
  const { op, step } = rows.commands[command] as CommandKind;
  if (!participants.isAnswered(world, op, step, generation)) return;
  const memory = world.memory(node);
  const isAwaited = memory !== undefined && world.handling(node, command) === handling.awaited;
  if (!isAwaited || world.slotOf(rows.message(memory, command, node)) !== slot) world.drop(slot);
}
