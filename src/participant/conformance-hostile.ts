import type { CommandRequest, Op } from '../core/transport.ts';
import { describeReply } from './conformance-ask.ts';
import type { Check } from './conformance-check.ts';
import { expectSuccess } from './conformance-replies.ts';
import type { Scene } from './conformance-scene.ts';

/** Does it look at who asks for what? */
export const keyChecks: readonly Check[] = [
  {
    name: 'a command with a wrong key is refused',
    guarantee: 'checked keys',
    effect: { name: 'a command with a wrong key takes no effect', guarantee: 'checked keys' },
    how: 'Sent actions with the key of another saga, of another op, and with keys of another form.',
    remedy:
      'Compare the Idempotency-Key with the other headers before the barrier, and refuse what does not fit with "retryable": false; take the key apart rather than trusting it as a whole.',
    run: async (scene) => {
      for (const idempotencyKey of wrongKeys(scene)) {
        const reply = await scene.step().forge({ idempotencyKey }, `do with key ${idempotencyKey}`);
        scene.expect(reply.type === 'refused', `A wrong key was answered with: ${describeReply(reply)}.`);
      }
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an unknown op is not carried out',
    guarantee: 'checked keys',
    effect: { name: 'an unknown op takes no effect', guarantee: 'checked keys' },
    how: 'Sent a command with the Saga-Op `explode`.',
    remedy:
      'Read Saga-Op before the barrier: `do`, `undo` and `seal` are all there is; refuse everything else with "retryable": false.',
    run: async (scene) => {
      const op = 'explode' as Op;
      const sagaId = `verify-${scene.lab.ids.next()}`;
      const idempotencyKey = keyOf(scene, sagaId, op);
      const reply = await scene.step().forge({ op, sagaId, idempotencyKey }, op, 'once');
      scene.expect(reply.type !== 'succeeded', `The unknown op was answered with: ${describeReply(reply)}.`);
      await scene.expectEffects(0);
    },
  },
];

/** Does it survive what nobody should send? */
export const garbageChecks: readonly Check[] = [
  {
    name: 'garbage does not stop it',
    guarantee: 'survives garbage',
    how: 'Sent inputs and headers that make no sense, then an action that does.',
    remedy:
      'Read every command inside a try around barrier and handler, and answer what cannot be understood with a refusal instead of ending the process.',
    run: async (scene) => {
      // How each is answered, if at all, is not looked at: an action may well take any input.
      await Promise.all(
        garbage().map(([what, change]) => scene.step().forge(change, `garbage, ${what}`, 'once')),
      );
      expectSuccess(scene, 'The next action', await scene.step().do());
    },
  },
];

function wrongKeys(scene: Scene): readonly string[] {
  const stranger = `verify-${scene.lab.ids.next()}`;
  return [keyOf(scene, stranger, 'do'), keyOf(scene, stranger, 'undo'), 'order-17', `${stranger}:verify:do`];
}

function keyOf({ lab }: Scene, sagaId: string, op: string): string {
  return [lab.tenant, sagaId, 'verify', 1, 1, op].join(':');
}

function garbage(): readonly (readonly [string, Partial<CommandRequest>])[] {
  const inputs: readonly (readonly [string, unknown])[] = [
    ['no input', null],
    ['a text as input', 'garbage'],
    ['a number as input', -1e308],
    ['a list as input', [[], {}, null]],
    ['NUL and a lone surrogate', { text: '\u0000\ud800', '\u0000': 1 }],
    ['an input that nests 200 deep', JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`)],
    ['a key that pollutes prototypes', JSON.parse('{"__proto__":{"a":1},"constructor":null}')],
    ['a text of 200,000 characters', { text: 'x'.repeat(200_000) }],
  ];
  return [
    ...inputs.map(([what, input]) => [what, { body: { input } }] as const),
    ['a saga id that is none', { sagaId: '☠'.repeat(100) }],
    ['an attempt that is none', { attempt: -1 }],
    ['a deadline that is long past', { deadline: 0 }],
    ['a traceparent that is none', { traceparent: 'garbage' }],
  ];
}
