import { expect, it } from 'vitest';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { type Guarantee, verifyParticipant } from '../../src/participant/index.ts';
import { type Fault, Homemade } from './conformance-homemade.ts';
import { createHurriedClock, namesOf, stock } from './conformance-worlds.ts';

interface Expected {
  readonly failed: readonly string[];
  /** Checks that build on something that failed; default none. */
  readonly skipped?: readonly string[] | 'all others';
  readonly broken: readonly Guarantee[];
}

const race = 'an action and its undo at the same time';

const table: Readonly<Record<Fault, Expected>> = {
  'has no idempotency': {
    failed: [
      'a repeated action gets the same reply',
      'a repeated action takes effect once',
      'simultaneous duplicates get the same reply',
      'simultaneous duplicates take effect once',
      'a step that is run again gets an answer of its own',
      'a step that is run again takes its own effect',
      'an action after its undo is not carried out',
      'an action after its undo takes no effect',
      'an action repeated after its undo gets the old reply',
      'an action repeated after its undo takes no effect',
      `${race} leave no effect`,
      'an action after its seal gets `sealed`',
      'an action after its seal takes no effect',
      'an action and its seal at the same time agree',
      'a refused action is not carried out later',
      'a refused action takes no effect later',
    ],
    broken: ['once', 'own runs', 'no late action', 'seal', 'refusal without effect'],
  },
  'looks before it inserts': {
    failed: [
      'simultaneous duplicates get the same reply',
      'simultaneous duplicates take effect once',
      `${race} leave no effect`,
      'an action and its seal at the same time agree',
    ],
    broken: ['once', 'no late action', 'seal'],
  },
  'executes an undo before its action': {
    failed: ['an undo before its action changes nothing', `${race} leave no effect`],
    broken: ['undo of nothing', 'no late action'],
  },
  'executes a late action': {
    failed: [
      'an action after its undo is not carried out',
      'an action after its undo takes no effect',
      `${race} leave no effect`,
      'an action after its seal gets `sealed`',
      'an action after its seal takes no effect',
      'an action and its seal at the same time agree',
    ],
    broken: ['no late action', 'seal'],
  },
  'executes a late duplicate': {
    failed: [
      'an action repeated after its undo gets the old reply',
      'an action repeated after its undo takes no effect',
    ],
    broken: ['no late action'],
  },
  'undoes twice': { failed: ['a repeated undo takes back once'], broken: ['undo once'] },
  'does not undo': {
    failed: ['an undo takes the effect back', 'a repeated undo takes back once', `${race} leave no effect`],
    broken: ['undo', 'undo once', 'no late action'],
  },
  'knows nothing of an undo it did': {
    failed: ['a repeated undo gets the same reply'],
    broken: ['undo once'],
  },
  'replies anew on replay': {
    failed: [
      'a repeated action gets the same reply',
      'simultaneous duplicates get the same reply',
      'a step that is run again gets an answer of its own',
      'an action repeated after its undo gets the old reply',
      'a repeated refusal stays the same',
      'a refused action is not carried out later',
    ],
    broken: ['once', 'own runs', 'no late action', 'refusal without effect'],
  },
  'forgets refusals': {
    failed: [
      'a refused action is not carried out later',
      'a refused action takes no effect later',
      'a seal after a refusal gets the refusal',
    ],
    broken: ['seal', 'refusal without effect'],
  },
  'executes what it refuses': {
    failed: [
      'a refused action takes no effect',
      'a refused action takes no effect later',
      'an undo after a refusal changes nothing',
    ],
    broken: ['undo of nothing', 'refusal without effect'],
  },
  'executes a seal': {
    failed: [
      'a seal after the action gets its reply',
      'a seal after the action changes nothing',
      'a seal before the action gets `sealed`',
      'a seal before the action takes no effect',
      'an action and its seal at the same time agree',
      'an action and its seal at the same time tell the truth',
    ],
    skipped: ['an action after its seal gets `sealed`', 'an action after its seal takes no effect'],
    broken: ['seal'],
  },
  'ignores the generation': {
    failed: [
      'a step that is run again gets an answer of its own',
      'a step that is run again takes its own effect',
    ],
    broken: ['own runs'],
  },
  'ignores the key': {
    failed: ['a command with a wrong key is refused', 'a command with a wrong key takes no effect'],
    broken: ['checked keys'],
  },
  'takes an unknown op for an action': {
    failed: ['an unknown op is not carried out', 'an unknown op takes no effect'],
    broken: ['checked keys'],
  },
  hangs: { failed: ['it answers an action'], skipped: 'all others', broken: ['answers'] },
  'hangs on undo': {
    failed: [
      'an undo succeeds',
      'an undo takes the effect back',
      'an undo before its action succeeds',
      `${race} are both answered`,
      `${race} leave no effect`,
      'an undo after a refusal succeeds',
    ],
    skipped: [
      'a repeated undo gets the same reply',
      'a repeated undo takes back once',
      'an action after its undo is not carried out',
      'an action after its undo takes no effect',
    ],
    broken: ['undo', 'undo of nothing', 'no late action'],
  },
  'replies what cannot be stored': {
    failed: ['its replies can be read and stored'],
    skipped: 'all others',
    broken: ['usable replies'],
  },
  'stores replies as jsonb': {
    failed: [
      'a repeated action gets the same reply',
      'simultaneous duplicates get the same reply',
      'a step that is run again gets an answer of its own',
      'an action repeated after its undo gets the old reply',
      'a seal after the action gets its reply',
      'an action and its seal at the same time agree',
    ],
    broken: ['once', 'own runs', 'no late action', 'seal'],
  },
  'drops what is too much': {
    failed: [
      'simultaneous duplicates get the same reply',
      'simultaneous actions are all answered',
      'simultaneous actions take effect once each',
      `${race} are both answered`,
      'an action and its seal at the same time agree',
    ],
    broken: ['once', 'shared load', 'no late action', 'seal'],
  },
  'dies on garbage': { failed: ['garbage does not stop it'], broken: ['survives garbage'] },
};

it.each(Object.entries(table))(
  'a participant that %s fails exactly the checks about that',
  async (fault, expected) => {
    const transport = new InProcessTransport();
    const homemade = new Homemade(fault as Fault);
    await transport.serve(homemade.service);
    const countEffects = async () => homemade.effects;
    const report = await verifyParticipant(transport, {
      ...stock,
      countEffects,
      clock: createHurriedClock(),
    });
    expect(namesOf(report, 'failed')).toEqual(expected.failed);
    const { skipped = [] } = expected;
    if (skipped === 'all others') expect(namesOf(report, 'skipped').length).toBeGreaterThan(30);
    else expect(namesOf(report, 'skipped')).toEqual(skipped);
    const broken = report.guarantees.filter(({ status }) => status === 'broken');
    expect(broken.map(({ name }) => name)).toEqual(expected.broken);
    expect(report.verdict).toBe('violates');
    for (const check of report.checks.filter(({ status }) => status === 'failed')) {
      // One sentence about what to do, and what was seen.
      expect(check.remedy).toMatch(/^[A-Z].*[^.]\.$/);
      expect(check.evidence).not.toEqual([]);
    }
  },
);

it('has a fault for every check that needs a participant to be wrong', async () => {
  const transport = new InProcessTransport();
  await transport.serve(new Homemade().service);
  const { checks } = await verifyParticipant(transport, { ...stock, clock: createHurriedClock() });
  const failing = new Set(Object.values(table).flatMap(({ failed }) => failed));
  const never = checks.map(({ name }) => name).filter((name) => !failing.has(name));
  // These say whether the verifier was told the right input and probe.
  expect(never).toEqual(['an action succeeds', 'an action takes effect once']);
});
