import { afterAll, describe, expect, it } from 'vitest';
import { Agenda } from '../../src/testing/simulation/agenda.ts';
import { Chronicle } from '../../src/testing/simulation/chronicle.ts';
import { calm } from '../../src/testing/simulation/faults.ts';
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts';
import { SimulatedDatabase } from '../../src/testing/simulation/simulated-database.ts';
import { SimulatedNetwork } from '../../src/testing/simulation/simulated-network.ts';
import { SimulatedProcess } from '../../src/testing/simulation/simulated-process.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { transportContract } from '../../src/testing/transport-contract.ts';

/** A simulated world without faults, whose time is the real one. */
const random = new SeededRandom(1);
const agenda = new Agenda({ random, now: Date.now() });
const chronicle = new Chronicle({ time: () => agenda.now });
const parts = { agenda, random, chronicle, faults: () => calm };
const toProcess = (name: string) => new SimulatedProcess({ name, agenda, random });

let isOver = false;
function goOn(): void {
  if (isOver) return;
  if ((agenda.nextAt ?? Number.POSITIVE_INFINITY) <= Date.now()) agenda.next()?.();
  else agenda.passUntil(Date.now());
  setImmediate(goOn);
}
goOn();
afterAll(() => {
  isOver = true;
});

describe('the simulated database without faults', () => {
  const store = new SimulatedDatabase(parts).connect(toProcess('client'));
  for (const rule of storeContract({ create: () => Promise.resolve(store) })) it(rule.name, rule.run);
});

describe('the simulated network without faults', () => {
  const rules = transportContract({
    create: async () => {
      const network = new SimulatedNetwork(parts);
      const [requester, responder] = [
        network.connect(toProcess('node')),
        network.connect(toProcess('participant')),
      ];
      return {
        requester,
        responder,
        close: async () => void (await Promise.all([requester.close(), responder.close()])),
      };
    },
  });
  for (const rule of rules) it(rule.name, rule.run);

  it('never settles a request of a process that was killed', async () => {
    const network = new SimulatedNetwork(parts);
    const node = toProcess('node');
    const replies: unknown[] = [];
    const command = {
      participant: 'p',
      operation: 'o',
      tenant: 't',
      sagaId: 's',
      sagaName: 'n',
      step: 'x',
      attempt: 1,
      op: 'do',
      idempotencyKey: 't:s:x:1:1:do',
      body: { input: 1 },
    } as const;
    network.connect(node).request(command, (reply) => replies.push(reply));
    node.kill();
    await new Promise<void>(
      (resolve) => void network.connect(toProcess('other')).request(command, () => resolve()),
    );
    await new Promise<void>((resolve) => void agenda.after(100, resolve));
    expect(replies).toEqual([]);
  });
});
