import type { Rules } from './rules.ts';
import { group, pivotLast, sequence } from './sagas.ts';
import type { Scenario } from './scenario.ts';

/** What becomes of a world when rules are taken away. */
export interface Removal {
  readonly name: string;
  readonly without: Partial<Rules>;
  /** Guarantees that the world lacks anyhow; with these alone it holds. */
  readonly given?: Partial<Rules>;
  readonly scenario: Scenario;
  /** What is violated first. */
  readonly violates: RegExp;
}

/** Rules that a world can do without, and why. */
export interface Spare extends Omit<Removal, 'violates'> {
  readonly because: string;
}

const once = sequence(2, { attempts: 1 });
const world = (scenario: Partial<Scenario> = {}): Scenario => ({
  saga: once,
  nodes: 1,
  troubles: [],
  budgets: {},
  ...scenario,
});
const twoNodes = world({ nodes: 2, troubles: ['refused', 'unreachable'], budgets: { takeovers: 1 } });
const duelling = world({
  nodes: 2,
  troubles: ['refused', 'unreachable'],
  budgets: { takeovers: 2, cancels: 1, doubleWrites: 1 },
});
const pivot = world({ saga: pivotLast({ attempts: 1 }) });
const cancelled = world({ budgets: { cancels: 1 } });
const bounded = world({
  saga: sequence(2),
  boundedDelay: true,
  troubles: ['refused'],
  budgets: { cancels: 1 },
});

/** An effect that nobody will undo, or an effect that others counted on and that is gone. */
const orphan = /is left|ran while \w+ before it has no effect/;
const outOfOrder = /was undone (before|although)|ran while/;

/** Rules whose removal breaks the protocol. */
export const removals: readonly Removal[] = [
  {
    name: 'persist before send',
    without: { persistBeforeSend: false },
    scenario: world({ nodes: 2, budgets: { cancels: 1 } }),
    violates: orphan,
  },
  {
    name: 'the version check, where a write reaches the database twice',
    without: { versionCheck: false },
    scenario: world({ budgets: { doubleWrites: 1 } }),
    violates: /closed saga changed/,
  },
  { name: 'the epoch check', without: { epochCheck: false }, scenario: twoNodes, violates: orphan },
  {
    name: 'version and epoch check',
    without: { versionCheck: false, epochCheck: false },
    scenario: twoNodes,
    violates: /closed saga changed/,
  },
  {
    name: 'a cancel that is guarded like any write',
    without: { cancelGuarded: false },
    scenario: cancelled,
    violates: /cancel was accepted, and the saga completed/,
  },
  {
    name: 'strict matching of replies',
    without: { strictReplies: false },
    scenario: cancelled,
    violates: orphan,
  },
  {
    name: 'sending again what was under way at a takeover',
    without: { resendAfterTakeover: false },
    scenario: twoNodes,
    violates: orphan,
  },
  {
    name: 'the mark of what was sent again',
    without: { resentMark: false },
    scenario: twoNodes,
    violates: orphan,
  },
  {
    name: 'doubt that outlives "no responders"',
    without: { unreachableKeepsDoubt: false },
    scenario: world({ saga: sequence(2), troubles: ['unreachable'] }),
    violates: orphan,
  },
  {
    name: 'doubt that outlives a refusal, where refusals are not stored',
    given: { storedRefusal: false },
    without: { refusalKeepsDoubt: false },
    scenario: world({ saga: sequence(2), troubles: ['refused'] }),
    violates: orphan,
  },
  {
    name: 'stored refusals, where messages are duplicated',
    without: { storedRefusal: false },
    scenario: world({ troubles: ['refused'], duplicates: true }),
    violates: orphan,
  },
  {
    name: 'the undo of what is in doubt',
    without: { undoInDoubt: false },
    scenario: world(),
    violates: orphan,
  },
  {
    name: 'settling before the undo, where participants lack a barrier',
    given: { tombstone: false, storedRefusal: false },
    without: { settleFirst: false },
    scenario: bounded,
    violates: orphan,
  },
  {
    name: 'the reverse order of steps',
    without: { reverseOrder: false },
    scenario: world({ troubles: ['refused'], saga: sequence(3, { attempts: 1 }) }),
    violates: outOfOrder,
  },
  {
    name: 'the reverse order of parallel steps',
    without: { reverseOrder: false },
    scenario: world({ saga: group({ attempts: 1, isLast: false }), troubles: ['refused'] }),
    violates: outOfOrder,
  },
  {
    name: 'parking for an undo that cannot be had',
    without: { parkStuckUndo: false },
    scenario: world({ troubles: ['refused'] }),
    violates: orphan,
  },
  {
    name: 'the seal of a pivot in doubt',
    without: { sealPivot: false },
    scenario: pivot,
    violates: outOfOrder,
  },
  {
    name: 'the refusal to cancel past the pivot',
    without: { noCancelPastPivot: false },
    scenario: { ...pivot, budgets: { cancels: 1 } },
    violates: outOfOrder,
  },
  {
    name: 'doubt about what was under way when the engine parked the saga',
    without: { parkInDoubt: false },
    scenario: { ...pivot, budgets: { engineParks: 1, persons: 1 } },
    violates: outOfOrder,
  },
  {
    name: 'telling a seal that cannot be sent from a refused one',
    without: { unsentSealNoAnswer: false },
    scenario: { ...pivot, troubles: ['sealUnsendable'] },
    violates: outOfOrder,
  },
  { name: 'a seal that holds', without: { sealHolds: false }, scenario: pivot, violates: outOfOrder },
  { name: 'the tombstone', without: { tombstone: false }, scenario: world(), violates: orphan },
  {
    name: 'idempotent actions',
    without: { idempotentDo: false },
    scenario: world({ saga: sequence(2) }),
    violates: /had its effect twice/,
  },
  {
    name: 'idempotent undos',
    without: { idempotentUndo: false },
    scenario: world({ saga: sequence(2) }),
    violates: /was undone twice/,
  },
  {
    name: 'undos that do nothing where nothing was done',
    without: { nullUndo: false },
    scenario: world(),
    violates: /undone without an effect/,
  },
];

/** Rules that are not what keeps the protocol safe, in the world named. */
export const spares: readonly Spare[] = [
  {
    name: 'the version check, where no write reaches the database twice',
    without: { versionCheck: false },
    scenario: { ...duelling, budgets: { ...duelling.budgets, doubleWrites: 0 } },
    because: 'a takeover raises the epoch, and within one epoch only one node writes',
  },
  {
    name: 'the epoch check, if a takeover raised the version, too',
    given: { takeoverKeepsVersion: false },
    without: { epochCheck: false },
    scenario: duelling,
    because: 'the version then does what the epoch does',
  },
  {
    name: 'doubt that outlives a refusal, where refusals are stored',
    without: { refusalKeepsDoubt: false },
    scenario: world({
      saga: sequence(2),
      nodes: 2,
      troubles: ['refused'],
      budgets: { takeovers: 1, cancels: 1 },
      duplicates: true,
    }),
    because: 'a stored refusal is the answer to every attempt under its key',
  },
  {
    name: 'settling before the undo, where participants have the barrier',
    without: { settleFirst: false },
    scenario: { ...bounded, boundedDelay: false, duplicates: true },
    because:
      'the tombstone keeps a late action from running; settling is there for the undo to know the reply, and for others',
  },
];
