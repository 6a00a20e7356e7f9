import { recall, type BarrierOrigin } from '../../src/core/barrier-rules.ts';
import type { Op } from '../../src/core/transport.ts';
import type { Rules } from './rules.ts';
import type { Scenario, Trouble } from './scenario.ts';
import type { World } from './world.ts';

/** What a participant may answer. */
export const replyKinds = ['succeeded', 'refused', 'failed', 'sealed', 'inProgress'] as const;

/** What a participant may answer. */
export type ReplyKind = (typeof replyKinds)[number];

/** What a participant is like: what it remembers, and what may go wrong with it. */
export interface Character {
  readonly rules: Rules;
  readonly scenario: Pick<Scenario, 'troubles'>;
}

/** One way in which a command may go at its participant: it changes the world, and is answered. */
export interface Course {
  readonly story: string;
  readonly reply: ReplyKind;
  readonly change: (world: World, step: number, generation: number) => void;
}

/** What a barrier remembers, as a number: which op came first, and how the action ended. */
const memory = {
  nothing: 0,
  done: 1,
  refused: 2,
  undoFirst: 3,
  sealFirst: 4,
  undone: 5,
  undoRefused: 6,
} as const;

const action = { reason: 'do', reply: 'null', refusal: null } as const;
const origins: readonly (BarrierOrigin | undefined)[] = [
  undefined,
  action,
  { reason: 'do', reply: null, refusal: '{"code":"no","message":"no"}' },
  { reason: 'undo', reply: null, refusal: null },
  { reason: 'seal', reply: null, refusal: null },
  action,
  action,
];

/** All ways in which a command may go, by what the barrier remembers. The answers are those of the product's barrier. */
export class Participants {
  readonly #courses: Readonly<Record<Op, readonly (readonly Course[])[]>>;

  constructor(character: Character) {
    const of = (op: Op) =>
      origins.map((origin, state) => courses(character, op, state, recall(op, origin)?.type));
    this.#courses = { do: of('do'), undo: of('undo'), seal: of('seal') };
  }

  /** The ways in which a command may go now. */
  courses(world: World, op: Op, step: number, generation: number): readonly Course[] {
    return this.#courses[op][world.barrier(step, generation)] as readonly Course[];
  }

  /** Whether a command can change nothing any more: it is answered from memory. */
  isAnswered(world: World, op: Op, step: number, generation: number): boolean {
    const [course, ...others] = this.courses(world, op, step, generation);
    return others.length === 0 && course?.change === keep;
  }
}

type Recalled = ReturnType<typeof recall>;

const keep = () => {};
const remember = (as: number) => (world: World, step: number, generation: number) =>
  world.setBarrier(step, generation, as);

function courses(
  { rules, scenario }: Character,
  op: Op,
  state: number,
  recalled: NonNullable<Recalled>['type'] | undefined,
): readonly Course[] {
  const { troubles } = scenario;
  if (op === 'do') {
    const isForgotten = origins[state] === action && !rules.idempotentDo;
    return recalled === undefined || isForgotten
      ? runs(rules.storedRefusal, troubles)
      : [fromMemory(recalled)];
  }
  if (op === 'seal') {
    const isNew = state === memory.nothing && rules.sealHolds;
    return [{ ...fromMemory(recalled), change: isNew ? remember(memory.sealFirst) : keep }];
  }
  if (recalled === 'nullUndo' && rules.nullUndo) {
    const isNew = state === memory.nothing && rules.tombstone;
    return [
      {
        story: 'finds nothing to undo',
        reply: 'succeeded',
        change: isNew ? remember(memory.undoFirst) : keep,
      },
    ];
  }
  if (state === memory.undone && rules.idempotentUndo) return [fromMemory('replayed')];
  if (state === memory.undoRefused) return [fromMemory('refused')];
  return undoes(rules.undoAskedAgain, troubles);
}

function fromMemory(recalled: NonNullable<Recalled>['type'] | undefined): Course {
  if (recalled === 'sealed')
    return { story: 'answers that it never will run', reply: 'sealed', change: keep };
  if (recalled === 'refused') return { story: 'repeats its refusal', reply: 'refused', change: keep };
  return { story: 'repeats its reply', reply: 'succeeded', change: keep };
}

function runs(isRefusalStored: boolean, troubles: readonly Trouble[]): readonly Course[] {
  const refuse = isRefusalStored ? remember(memory.refused) : keep;
  const effect = (world: World, step: number, generation: number) => {
    world.setBarrier(step, generation, memory.done);
    world.addDone(step, generation);
  };
  const all: readonly (Course & { readonly trouble?: Trouble })[] = [
    { story: 'runs', reply: 'succeeded', change: effect },
    { trouble: 'refused', story: 'refuses', reply: 'refused', change: refuse },
    {
      trouble: 'dirtyRefused',
      story: 'refuses and leaves an effect behind',
      reply: 'refused',
      change: effect,
    },
    { trouble: 'failed', story: 'fails and is rolled back', reply: 'failed', change: keep },
    {
      trouble: 'inProgress',
      story: 'is not done yet',
      reply: 'inProgress',
      change: (world) => world.spend('polls'),
    },
  ];
  return all.filter(({ trouble }) => trouble === undefined || troubles.includes(trouble));
}

function undoes(isAskedAgain: boolean, troubles: readonly Trouble[]): readonly Course[] {
  const undo: Course = {
    story: 'undoes',
    reply: 'succeeded',
    change: (world, step, generation) => {
      if (world.barrier(step, generation) === memory.done) world.setBarrier(step, generation, memory.undone);
      world.addUndone(step, generation);
    },
  };
  return troubles.includes('undoRefused')
    ? [
        undo,
        {
          story: 'refuses to undo',
          reply: 'refused',
          change: isAskedAgain ? keep : remember(memory.undoRefused),
        },
      ]
    : [undo];
}
