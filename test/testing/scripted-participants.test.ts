import { describe, expect, it } from 'vitest';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { turn } from './turns.ts';

const command = (step: string, op: 'do' | 'undo' | 'seal', attempt = 1): CommandRequest => ({
  participant: 'shop',
  operation: 'do',
  tenant: 't',
  sagaId: 's1',
  sagaName: 'order',
  step,
  attempt,
  op,
  idempotencyKey: `t:s1:${step}:1:1:${op}`,
  body: { input: {} },
});
const refused: Reply = { type: 'refused', error: { code: 'no', message: 'no' } };
const failed: Reply = { type: 'failed', error: { code: 'busy', message: 'busy' } };

describe('scripted participants', () => {
  it('answer by command and attempt; the last line stands for all that follow', async () => {
    const participants = new ScriptedParticipants({
      script: { charge: [failed, refused], undoCharge: [failed] },
    });
    const replies: Reply[] = [];
    for (const one of [
      command('charge', 'do', 1),
      command('charge', 'do', 2),
      command('charge', 'do', 3),
      command('charge', 'undo'),
      command('charge', 'seal'),
    ]) {
      participants.request(one, (reply) => replies.push(reply));
    }
    expect(replies).toEqual([]);
    await turn();
    expect(replies).toEqual([
      failed,
      refused,
      refused,
      failed,
      { type: 'succeeded', result: { of: 'sealCharge' } },
    ]);
    expect(participants.sent.map(({ name }) => name)).toEqual([
      'charge',
      'charge',
      'charge',
      'undoCharge',
      'sealCharge',
    ]);
  });

  it('hold a command until it is answered by hand, and answer it once', async () => {
    const participants = new ScriptedParticipants({ others: 'held' });
    const replies: Reply[] = [];
    participants.request(command('charge', 'do'), (reply) => replies.push(reply));
    await turn();
    expect(participants.held.map(({ name }) => name)).toEqual(['charge']);
    participants.answer('charge', refused);
    expect(replies).toEqual([refused]);
    expect(() => participants.answer('charge', refused)).toThrow("nobody waits for 'charge'; held: nothing");
  });

  it('never answer what is abandoned, nor what the script is silent on', async () => {
    const participants = new ScriptedParticipants({ script: { mute: ['silence'] } });
    const never = () => expect.unreachable();
    participants.request(command('charge', 'do'), never)();
    participants.request(command('mute', 'do'), never);
    await turn();
    expect(participants.sent.length).toBe(2);
  });

  it('lose what is held when they are closed, and everything after', async () => {
    const participants = new ScriptedParticipants({ others: 'held' });
    const replies: Reply[] = [];
    participants.request(command('charge', 'do'), (reply) => replies.push(reply));
    await participants.close();
    participants.request(command('ship', 'do'), (reply) => replies.push(reply));
    await turn();
    expect([replies.map(({ type }) => type), participants.isConnected()]).toEqual([['lost', 'lost'], false]);
  });

  it('let nobody else serve', async () => {
    await expect(new ScriptedParticipants().serve()).rejects.toThrow(/answer by their script/);
  });
});
