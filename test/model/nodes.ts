import { decide, type Happening } from './events.ts';
import type { Model } from './model.ts';
import { handling, type World } from './world.ts';

/** Whether what a node would write now would be accepted. */
export function canWrite({ rules }: Model, world: World, node: number): boolean {
  const isCurrent = !rules.versionCheck || world.isFresh(node);
  return isCurrent && (!rules.epochCheck || world.holder === node);
}

/** A node takes the saga over, and sends again what it awaits. */
export function takeOver(model: Model, world: World, node: number): void {
  world.holder = node;
  if (!model.rules.takeoverKeepsVersion)
    for (let other = 0; other < model.size.nodes; other += 1) world.setFresh(other, false);
  resume(model, world, node);
}

/** Something happens to the saga at a node that drives it: decide, persist, act. `false`: it has no meaning now. */
export function deliver(model: Model, world: World, node: number, happening: Happening): boolean {
  const row = world.memory(node);
  const move = row === undefined ? undefined : decide(model, world, row, happening);
  if (move === undefined) return false;
  if (happening.type === 'timer' && happening.command !== undefined)
    world.handle(node, happening.command, handling.none);
  if (!model.rules.persistBeforeSend && move.commands.length > 0) {
    sendEarly(model, world, node, move);
    return true;
  }
  if (write(model, world, node, move.row)) act(model, world, node, move.commands);
  else overtaken(model, world, node);
  return true;
}

/** A node writes what it has acted on already. Only without the rule that forbids it. */
export function writeLate(model: Model, world: World, node: number): void {
  const row = world.pending(node) ?? 0;
  world.setPending(node, undefined);
  if (write(model, world, node, row)) act(model, world, node, []);
  else overtaken(model, world, node);
}

/** The saga's row changes, whoever writes it. */
export function store({ rows }: Model, world: World, row: number): void {
  const before = rows.get(world.row);
  if (before.isClosed && row !== world.row)
    world.fail(`a closed saga changed: ${before.state} became ${rows.get(row).state}`);
  world.row = row;
}

/** Sends a command that is awaited from then on. */
export function send({ rows }: Model, world: World, node: number, command: number): void {
  const slot = world.slotOf(rows.message(world.memory(node) ?? 0, command, node));
  world.setCopies(slot, world.copies(slot) + 1);
  world.handle(node, command, handling.awaited);
}

function write(model: Model, world: World, node: number, row: number): boolean {
  if (!canWrite(model, world, node)) return false;
  store(model, world, row);
  for (let other = 0; other < model.size.nodes; other += 1) world.setFresh(other, false);
  world.remember(node, row);
  return true;
}

/** What is durable may be acted on. A saga at rest is let go of; one that turned back asks for no action any more. */
function act({ rows, size }: Model, world: World, node: number, commands: readonly number[]): void {
  const { status, isSettled } = rows.get(world.row);
  if (isSettled) return world.forget(node);
  for (const command of commands) world.handle(node, command, handling.unsent, false);
  if (status === 'running') return;
  for (let command = 0; command < size.commands; command += 1) {
    const isUnsent = rows.commands[command]?.op === 'do' && world.handling(node, command) === handling.unsent;
    if (isUnsent) world.handle(node, command, handling.withdrawn);
  }
}

function overtaken(model: Model, world: World, node: number): void {
  world.forget(node);
  if (world.holder === node && !model.rows.get(world.row).isSettled) resume(model, world, node);
}

function resume({ rows, rules }: Model, world: World, node: number): void {
  world.forget(node);
  world.remember(node, world.row);
  for (const command of rows.get(world.row).awaited) {
    const isPresumed = !rules.resendAfterTakeover && rows.commands[command]?.op === 'do';
    world.handle(
      node,
      command,
      isPresumed ? handling.presumedFailed : handling.unsent,
      !isPresumed && rules.resentMark,
    );
  }
}

function sendEarly(
  model: Model,
  world: World,
  node: number,
  move: { readonly row: number; readonly commands: readonly number[] },
): void {
  const before = world.memory(node) ?? 0;
  const isFresh = world.isFresh(node);
  world.remember(node, move.row);
  for (const command of move.commands) {
    world.handle(node, command, handling.none);
    send(model, world, node, command);
  }
  world.remember(node, before);
  world.setFresh(node, isFresh);
  world.setPending(node, move.row);
}
