import { checkWorld } from './invariants.ts';
import type { Model } from './model.ts';
import { reduce } from './reduce.ts';
import type { BudgetName, World } from './world.ts';

/** Told of every world that is one move away; `story` says what happened. */
export type OnMove = (story: () => string) => void;

/** A change to the next world; `false`: it comes to nothing. */
export type Change = (next: World) => boolean | void;

/** Makes moves from one world, each into `next`, one after another. */
export class Mover {
  readonly model: Model;
  /** Where the last move led. */
  readonly next: World;
  readonly #onMove: OnMove;
  #world: World;

  constructor(model: Model, next: World, onMove: OnMove) {
    this.model = model;
    this.next = next;
    this.#onMove = onMove;
    this.#world = next;
  }

  /** From where moves are made. */
  get world(): World {
    return this.#world;
  }

  /** The next moves are made from this world. */
  stand(world: World): void {
    this.#world = world;
  }

  /** Makes a move and, unless it comes to nothing, looks whether all is well and tells of it. */
  try(change: Change, story: () => string): void {
    this.next.load(this.#world.bytes);
    if (change(this.next) === false) return;
    if (this.model.isReduced) reduce(this.model, this.next);
    checkWorld(this.model, this.next);
    this.#onMove(story);
  }

  /** Whether something may happen once more. */
  has(budget: BudgetName): boolean {
    return this.#world.budget(budget) > 0;
  }
}
