import type { Reply } from '../core/transport.ts';
import { MAX_REPLY_BYTES } from '../core/wire-limits.ts';
import { describeReply } from './conformance-ask.ts';
import type { Check } from './conformance-check.ts';
import { expectSame, expectSuccess, requireSuccess } from './conformance-replies.ts';
import type { Scene } from './conformance-scene.ts';

/** Does it answer at all, and can one work with the answers? */
export const actionChecks: readonly Check[] = [
  {
    name: 'it answers an action',
    guarantee: 'answers',
    isGate: true,
    how: 'Sent one action.',
    remedy:
      'Start the participant, and let it subscribe to <prefix>.<participant>.<operation> and answer every command, refusals and failures included.',
    run: async (scene) => {
      const reply = await scene.step().do();
      scene.expect(isAnswer(reply), `The action was answered with: ${describeReply(reply)}.`);
    },
  },
  {
    name: 'its replies can be read and stored',
    guarantee: 'usable replies',
    how: `Looked for replies that are no JSON, hold NUL or lone surrogates, nest deeper than 64, or exceed ${MAX_REPLY_BYTES} bytes.`,
    remedy:
      'Answer with small plain JSON, and check the reply inside the transaction of the barrier: what cannot be sent must not be committed.',
    run: expectUsableReplies,
  },
  {
    name: 'an action succeeds',
    guarantee: 'answers',
    isGate: true,
    effect: { name: 'an action takes effect once', guarantee: 'once' },
    how: 'Sent one action with the given input.',
    remedy:
      'Give an `input` that succeeds, and a `countEffects` that counts one for it; if both are right, let all instances share a queue group and write the effect in the transaction of the barrier.',
    run: async (scene) => {
      const reply = await scene.step().do();
      scene.require(!isUnusable(reply), `Its reply cannot be used: ${describeReply(reply)}.`);
      expectSuccess(scene, 'The action', reply);
      await scene.expectEffects(1);
    },
  },
];

const DUPLICATES = 8;

/** Is an action done once, however often it is asked for? */
export const duplicateChecks: readonly Check[] = [
  {
    name: 'a repeated action gets the same reply',
    guarantee: 'once',
    effect: { name: 'a repeated action takes effect once', guarantee: 'once' },
    how: 'Sent one action three times with one key.',
    remedy:
      'Put a barrier in front of the action: a row per Idempotency-Key, inserted in the transaction of the effect, that keeps the reply as text; send that text again when the row is there.',
    run: async (scene) => {
      const step = scene.step();
      const first = await step.do();
      requireSuccess(scene, first);
      expectSame(scene, 'The repeated action', first, await step.do(), await step.do());
      await scene.expectEffects(1);
    },
  },
  {
    name: 'simultaneous duplicates get the same reply',
    guarantee: 'once',
    effect: { name: 'simultaneous duplicates take effect once', guarantee: 'once' },
    how: `Sent one action ${DUPLICATES} times at once with one key.`,
    remedy:
      'Let the unique key of the barrier decide, not a look beforehand: insert its row first in the transaction, so that duplicates wait for the one at work and then send its reply.',
    run: async (scene) => {
      const step = scene.step();
      const [first, ...others] = await allOf(DUPLICATES, () => step.do());
      if (first === undefined) return;
      expectSuccess(scene, 'The action', first);
      expectSame(scene, 'A duplicate', first, ...others);
      await scene.expectEffects(1);
    },
  },
  {
    name: 'a step that is run again gets an answer of its own',
    guarantee: 'own runs',
    effect: { name: 'a step that is run again takes its own effect', guarantee: 'own runs' },
    how: 'Ended one generation of a step before its action, then ran two more, and repeated the last.',
    remedy:
      'Make iteration and generation part of the key of the barrier, as they are part of the Idempotency-Key: two that differ in them are two actions.',
    run: runGenerations,
  },
];

const CROWD = 32;

/** Is the work shared? */
export const loadChecks: readonly Check[] = [
  {
    name: 'simultaneous actions are all answered',
    guarantee: 'shared load',
    effect: { name: 'simultaneous actions take effect once each', guarantee: 'shared load' },
    how: `Sent the actions of ${CROWD} sagas at once.`,
    remedy:
      'Let all instances subscribe in one queue group, and let commands wait, or answer "retryable": true, when there are too many; the barrier keeps each of them to one effect.',
    run: async (scene) => {
      expectSuccess(scene, 'One of them', ...(await allOf(CROWD, () => scene.step().do())));
      await scene.expectEffects(CROWD);
    },
  },
];

async function runGenerations(scene: Scene): Promise<void> {
  const step = scene.step();
  // How it answers this is not looked at here, nor what it does.
  await (scene.lab.compensation === undefined ? step.seal() : step.undo());
  await scene.mark();
  const [second, third] = [step.run(2), step.run(3)];
  const replies = [await second.do(), await third.do()] as const;
  expectSuccess(scene, 'The action of another generation', ...replies);
  expectSame(scene, 'The last one, repeated,', replies[1], await third.do());
  await scene.expectEffects(2);
}

async function expectUsableReplies(scene: Scene): Promise<void> {
  const { compensation, refusedInput } = scene.lab;
  const step = scene.step();
  const replies = [await step.do()];
  if (compensation !== undefined) replies.push(await step.undo());
  if (refusedInput !== undefined) replies.push(await scene.step().do(refusedInput));
  for (const reply of replies) {
    scene.expect(!isUnusable(reply), `A reply cannot be used: ${describeReply(reply)}.`);
    const bytes = reply.type === 'succeeded' ? Buffer.byteLength(JSON.stringify(reply.result)) : 0;
    scene.expect(
      bytes <= MAX_REPLY_BYTES,
      `A reply has ${bytes} bytes; at most ${MAX_REPLY_BYTES} are read.`,
    );
  }
}

const UNUSABLE: ReadonlySet<string> = new Set(['malformed_reply', 'unstorable_reply', 'oversize_reply']);

function isUnusable(reply: Reply): boolean {
  return reply.type === 'lost' && UNUSABLE.has(reply.error.code);
}

function isAnswer(reply: Reply): boolean {
  return reply.type !== 'unreachable' && (reply.type !== 'lost' || isUnusable(reply));
}

function allOf<Result>(length: number, make: () => Promise<Result>): Promise<readonly Result[]> {
  return Promise.all(Array.from({ length }, make));
}
