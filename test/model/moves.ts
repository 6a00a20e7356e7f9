import { messageMoves } from './message-moves.ts';
import type { Mover } from './mover.ts';
import { nodeMoves } from './node-moves.ts';
import { canWrite, deliver, store, takeOver } from './nodes.ts';
import { decide } from './events.ts';
import { stories } from './stories.ts';
import type { BudgetName, World } from './world.ts';

/** Makes every move that is possible in a world. */
export function makeMoves(mover: Mover, world: World): void {
  mover.stand(world);
  for (let node = 0; node < mover.model.size.nodes; node += 1) {
    nodeMoves(mover, node);
    people(mover, node);
  }
  for (let slot = 0; slot < world.slots; slot += 1) messageMoves(mover, slot);
  secondWrite(mover);
}

/** People act through any node; one that does not drive the saga takes it over for that. */
function people(mover: Mover, node: number): void {
  const { status } = mover.model.rows.get(mover.world.row);
  if (status === 'running' && mover.has('cancels')) {
    if (mover.model.rules.cancelGuarded) asks(mover, node, 'cancel', 'cancels');
    else cancelUnguarded(mover);
  }
  if (status !== 'failed' || !mover.has('persons')) return;
  asks(mover, node, 'retry', 'persons');
  asks(mover, node, 'compensate', 'persons');
}

function asks(
  mover: Mover,
  node: number,
  action: 'cancel' | 'retry' | 'compensate',
  budget: BudgetName,
): void {
  const { model, world } = mover;
  const drives = world.memory(node) !== undefined && canWrite(model, world, node);
  if (drives && world.pending(node) !== undefined) return;
  const change = (next: World) => {
    next.spend(budget);
    if (!drives) takeOver(model, next, node);
    if (!deliver(model, next, node, { type: action })) return false;
    if (action === 'cancel') next.cancelAccepted();
    return true;
  };
  mover.try(change, () => stories.asks(node, action, !drives));
}

/** Written without looking whether somebody else writes. */
function cancelUnguarded(mover: Mover): void {
  const { model, world } = mover;
  const move = decide(model, world, world.row, { type: 'cancel' });
  if (move === undefined) return;
  const change = (next: World) => {
    next.spend('cancels');
    next.cancelAccepted();
    store(model, next, move.row);
  };
  mover.try(change, () => stories.cancelUnguarded());
}

/** A copy of a write reaches the database late. Its version is always an old one: the first copy was counted. */
function secondWrite(mover: Mover): void {
  const { model, world } = mover;
  const late = world.secondWrite;
  if (late === undefined || model.rules.versionCheck) return;
  if (model.rules.epochCheck && world.holder !== late.node) return;
  const change = (next: World) => {
    next.secondWrite = undefined;
    store(model, next, late.row);
  };
  mover.try(change, () => stories.secondWrite());
}
