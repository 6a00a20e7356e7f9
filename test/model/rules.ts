/** The protocol's rules. Each can be taken away, to show what it is there for. */
export interface Rules {
  // The orchestrator's writes.
  /** A command is sent only after the move that wants it is durable. */
  readonly persistBeforeSend: boolean;
  /** A write counts only when nobody else has written since. */
  readonly versionCheck: boolean;
  /** A write counts only while nobody else has taken the saga over. */
  readonly epochCheck: boolean;
  /** Taking a saga over leaves its version as it is: that is the journal's length. */
  readonly takeoverKeepsVersion: boolean;
  /** A cancel is a guarded write like any other. */
  readonly cancelGuarded: boolean;

  // What an answer, or its absence, is taken for.
  /** A reply counts only for the command and the attempt that it answers. */
  readonly strictReplies: boolean;
  /** After a takeover the command under way is sent again: its outcome is unknown. */
  readonly resendAfterTakeover: boolean;
  /** Nothing that is said to a command sent again proves that its first sending had no effect. */
  readonly resentMark: boolean;
  /** "No responders" says nothing of earlier attempts. */
  readonly unreachableKeepsDoubt: boolean;
  /** A refusal says nothing of earlier attempts. */
  readonly refusalKeepsDoubt: boolean;
  /** What was under way when the engine parked the saga is in doubt. */
  readonly parkInDoubt: boolean;
  /** A seal that could not be sent was not answered: the pivot stays in doubt. */
  readonly unsentSealNoAnswer: boolean;

  // Going backward.
  /** What is in doubt is undone, too. */
  readonly undoInDoubt: boolean;
  /** A saga that turns back first lets the attempt under way end. */
  readonly settleFirst: boolean;
  /** Steps are undone in the reverse of the order in which they completed. */
  readonly reverseOrder: boolean;
  /** An undo that cannot be had leaves the saga to a person. */
  readonly parkStuckUndo: boolean;
  /** A pivot in doubt is sealed before the saga turns back. */
  readonly sealPivot: boolean;
  /** Nobody can cancel once the pivot is under way. */
  readonly noCancelPastPivot: boolean;
  /** An action without effect that a person has retried gets a new key. */
  readonly newGeneration: boolean;
  /** What was refused while in doubt is sealed before it is tried again. */
  readonly sealRefusedInDoubt: boolean;

  // The participant.
  /** An action under a known key is not run again. */
  readonly idempotentDo: boolean;
  /** An undo under a known key is not run again. */
  readonly idempotentUndo: boolean;
  /** There is nothing to undo where nothing was done. */
  readonly nullUndo: boolean;
  /** An action that comes after its undo never runs. */
  readonly tombstone: boolean;
  /** An action that comes after its seal never runs. */
  readonly sealHolds: boolean;
  /** A refusal is remembered like a reply. */
  readonly storedRefusal: boolean;
  /** A refused undo is not remembered: it can be asked for again. */
  readonly undoAskedAgain: boolean;
}

/** The protocol as it stands. */
export const ourRules: Rules = {
  persistBeforeSend: true,
  versionCheck: true,
  epochCheck: true,
  takeoverKeepsVersion: true,
  cancelGuarded: true,
  strictReplies: true,
  resendAfterTakeover: true,
  resentMark: true,
  unreachableKeepsDoubt: true,
  refusalKeepsDoubt: true,
  parkInDoubt: true,
  unsentSealNoAnswer: true,
  undoInDoubt: true,
  settleFirst: true,
  reverseOrder: true,
  parkStuckUndo: true,
  sealPivot: true,
  noCancelPastPivot: true,
  newGeneration: true,
  sealRefusedInDoubt: true,
  idempotentDo: true,
  idempotentUndo: true,
  nullUndo: true,
  tombstone: true,
  sealHolds: true,
  storedRefusal: true,
  undoAskedAgain: true,
};
