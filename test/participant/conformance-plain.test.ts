import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startBroker } from '../../src/embedded/broker.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { verifyParticipant } from '../../src/participant/index.ts';
import { namesOf } from './conformance-worlds.ts';

const python = findPython();

it.skipIf(python === undefined)(
  `a participant in Python that only answers JSON is told honestly what it lacks${python === undefined ? ' (skipped: no python3 found)' : ''}`,
  async () => {
    const broker = await startBroker();
    const bank = await startBank(broker.url);
    const ended = once(bank, 'exit');
    const transport = await createNatsTransport({ url: broker.url });
    const report = await verifyParticipant(transport, {
      participant: 'bank',
      action: 'charge',
      compensation: 'refund',
      input: { amount: 12 },
      refusedInput: { amount: -1 },
      undoInput: { amount: 12 },
      timeout: 2_000,
    });
    await transport.close();
    bank.kill();
    await ended;
    await broker.close();
    expect(namesOf(report, 'failed')).toEqual([
      'an action after its undo is not carried out',
      'a seal after the action gets its reply',
      'a seal before the action gets `sealed`',
      'an action and its seal at the same time agree',
      'a refused action is not carried out later',
      'a command with a wrong key is refused',
      'an unknown op is not carried out',
      'garbage does not stop it',
    ]);
    // It makes the same reply of the same command, however often it is carried out: that proves nothing.
    const unproven = report.guarantees.filter(({ status }) => status === 'unproven').map(({ name }) => name);
    expect(unproven).toEqual(['once', 'own runs', 'shared load', 'undo', 'undo once', 'undo of nothing']);
    const broken = report.guarantees.filter(({ status }) => status === 'broken');
    expect(broken.map(({ name }) => name)).toEqual([
      'no late action',
      'seal',
      'refusal without effect',
      'checked keys',
      'survives garbage',
    ]);
    expect(broken[0]?.without).toContain('take effect after its saga was compensated');
  },
);

async function startBank(url: string): Promise<ChildProcess> {
  const { hostname, port } = new URL(url);
  const script = fileURLToPath(new URL('../nats/plain-participant.py', import.meta.url));
  // Its last words are of no interest: the garbage is meant to end it.
  const bank = spawn(python ?? '', [script, hostname, port, 'saga.v1.bank.*', 'bank'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(bank.stdout, 'data');
  return bank;
}

function findPython(): string | undefined {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return 'python3';
  } catch {
    console.warn('SKIPPED with a Python participant: no python3 found');
    return undefined;
  }
}
