import type { Reply } from '../core/transport.ts';
import { describeReply, isSameReply } from './conformance-ask.ts';
import type { Scene } from './conformance-scene.ts';

/** Complains about replies to `what` that are no success. */
export function expectSuccess(scene: Scene, what: string, ...replies: readonly Reply[]): void {
  for (const reply of replies)
    scene.expect(reply.type === 'succeeded', `${what} was answered with: ${describeReply(reply)}.`);
}

/** Complains about replies to `what` that differ from the first one. */
export function expectSame(scene: Scene, what: string, first: Reply, ...others: readonly Reply[]): void {
  for (const other of others.filter((reply) => !isSameReply(first, reply))) {
    const isShuffled = sorted(first) === sorted(other);
    const hint = isShuffled
      ? ' The values are the same, but their order is not: store the reply as text, not as jsonb.'
      : '';
    scene.expect(
      false,
      `${what} was answered differently. First: ${describeReply(first)}. Then: ${describeReply(other)}.${hint}`,
    );
  }
}

/** Complains about a reply to `what` that does not say: never will run. */
export function expectNever(scene: Scene, what: string, reply: Reply): void {
  scene.expect(isNever(reply), `${what} was answered with: ${describeReply(reply)}.`);
}

/** Whether a reply says that the action never will run. */
export function isNever(reply: Reply): boolean {
  return reply.type === 'sealed' || reply.type === 'refused';
}

/** Ends the check unless an action that it builds on succeeded. */
export function requireSuccess(scene: Scene, reply: Reply): void {
  scene.require(reply.type === 'succeeded', `The action did not succeed this time: ${describeReply(reply)}.`);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
