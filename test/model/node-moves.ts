import type { Ending, Happening } from './events.ts';
import type { Mover } from './mover.ts';
import { canWrite, deliver, send, takeOver, writeLate } from './nodes.ts';
import { replyKinds } from './participants.ts';
import type { CommandKind } from './rows.ts';
import { stories } from './stories.ts';
import { handling, type World } from './world.ts';

/** What a node may do, and what may happen to it. */
export function nodeMoves(mover: Mover, node: number): void {
  const { world } = mover;
  ownerMoves(mover, node);
  if (world.memory(node) === undefined) return;
  if (world.pending(node) !== undefined)
    return mover.try(
      (next) => writeLate(mover.model, next, node),
      () => stories.writes(node),
    );
  for (let command = 0; command < mover.model.size.commands; command += 1) commandMoves(mover, node, command);
  if (canWrite(mover.model, world, node)) timerMoves(mover, node);
}

function ownerMoves(mover: Mover, node: number): void {
  const { model, world } = mover;
  const isActive = !model.rows.get(world.row).isSettled;
  const drives = world.memory(node) !== undefined;
  if (isActive && mover.has('takeovers') && !(drives && world.holder === node)) {
    const change = (next: World) => {
      next.spend('takeovers');
      takeOver(model, next, node);
    };
    mover.try(change, () => stories.takesOver(node));
  }
  if (!drives || !mover.has('crashes')) return;
  const crash = (next: World) => {
    next.spend('crashes');
    next.forget(node);
  };
  mover.try(crash, () => stories.crashes(node));
}

/** Something happens to the saga at a node that drives it; `also` is what it comes with. Where writes may arrive twice, the second is late. */
function happens(
  mover: Mover,
  node: number,
  happening: Happening,
  story: () => string,
  also: (next: World) => void = () => {},
): void {
  const { model, world } = mover;
  const change = (next: World) => {
    also(next);
    return deliver(model, next, node, happening);
  };
  mover.try(change, story);
  if (!mover.has('doubleWrites') || !canWrite(model, world, node)) return;
  const twice = (next: World) => {
    if (!change(next)) return false;
    next.spend('doubleWrites');
    next.secondWrite = { node, row: next.row };
    return true;
  };
  mover.try(twice, () => `${story()}; the write is sent twice, and one copy is late`);
}

function timerMoves(mover: Mover, node: number): void {
  const { model, world } = mover;
  const { timers } = model.rows.get(world.memory(node) ?? 0);
  for (const { type, command } of timers) {
    if (command !== undefined && !isDue(mover, node, command)) continue;
    const late = type === 'deadline' ? (next: World) => next.deadlinePassed() : undefined;
    happens(mover, node, { type: 'timer', timer: type, command }, () => stories.timer(node, type), late);
  }
  if (mover.has('engineParks'))
    happens(
      mover,
      node,
      { type: 'park' },
      () => stories.parks(node),
      (next) => next.spend('engineParks'),
    );
}

/** An attempt's time counts from when it was sent. Where delays are bounded, it outlasts the message and its answer. */
function isDue({ model, world }: Mover, node: number, command: number): boolean {
  const state = world.handling(node, command);
  if (state !== handling.none && state !== handling.awaited) return false;
  if (model.scenario.boundedDelay !== true) return true;
  return world.replies(node, command) === 0 && !world.isUnderWay(command);
}

type Ends = (ending: Ending, story: () => string, also?: (next: World) => void) => void;

function commandMoves(mover: Mover, node: number, command: number): void {
  const { model, world } = mover;
  const { name } = model.rows.commands[command] as CommandKind;
  const isResent = world.isResent(node, command);
  const ends: Ends = (ending, story, also) => {
    const change = (next: World) => {
      next.handle(node, command, handling.none);
      also?.(next);
    };
    happens(mover, node, { type: 'ended', command, ending, isResent }, story, change);
  };
  switch (world.handling(node, command)) {
    case handling.unsent:
      mover.try(
        (next) => send(model, next, node, command),
        () => stories.sends(node, name, isResent),
      );
      return unsendable(mover, node, command, ends);
    case handling.withdrawn:
      return ends('unreachable', () => stories.withdraws(node, name));
    case handling.presumedFailed:
      return ends('refused', () => stories.presumes(node, name));
    case handling.awaited:
      return answers(mover, node, command, ends);
    default:
  }
}

/** The engine itself refuses a command: its input throws, or is too large. Nobody saw it. */
function unsendable({ model }: Mover, node: number, command: number, ends: Ends): void {
  const { name, op } = model.rows.commands[command] as CommandKind;
  const { troubles } = model.scenario;
  const story = () => stories.unsendable(node, name);
  if (op === 'do' && troubles.includes('actionUnsendable')) ends('refused', story);
  if (op === 'seal' && troubles.includes('sealUnsendable'))
    ends(model.rules.unsentSealNoAnswer ? 'garbled' : 'refused', story);
}

function answers(mover: Mover, node: number, command: number, ends: Ends): void {
  const { model, world } = mover;
  const { name, step } = model.rows.commands[command] as CommandKind;
  model.rows.commands.forEach((other, from) => {
    const isAnswer = model.rules.strictReplies ? from === command : other.step === step;
    if (isAnswer) replies(mover, node, { command, from }, ends);
  });
  const slot = world.slotOf(model.rows.message(world.memory(node) ?? 0, command, node));
  if (!model.scenario.troubles.includes('unreachable') || world.copies(slot) === 0) return;
  ends(
    'unreachable',
    () => stories.nobodyListens(node, name),
    (next) => next.setCopies(slot, next.copies(slot) - 1),
  );
}

function replies(
  mover: Mover,
  node: number,
  { command, from }: { readonly command: number; readonly from: number },
  ends: Ends,
): void {
  const { model, world } = mover;
  const [awaited, answered] = [model.rows.nameOf(command), model.rows.nameOf(from)];
  replyKinds.forEach((reply, index) => {
    const bit = 1 << index;
    if ((world.replies(node, from) & bit) === 0) return;
    const taken = (next: World) => next.setReplies(node, from, next.replies(node, from) & ~bit);
    ends(reply, () => stories.hears(node, awaited, answered, reply), taken);
    if (model.scenario.boundedDelay === true)
      mover.try(taken, () => stories.lost(`the reply to ${answered}`));
    if (reply === 'succeeded' && model.scenario.troubles.includes('garbled'))
      ends('garbled', () => stories.cannotRead(node, awaited), taken);
  });
}
