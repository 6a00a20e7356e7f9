import { expect, it } from 'vitest';
import { formatConformance, type ConformanceReport } from '../../src/participant/index.ts';

const report: ConformanceReport = {
  participant: 'stock',
  action: 'reserve',
  compensation: 'release',
  verdict: 'violates',
  checks: [
    {
      name: 'it answers',
      guarantee: 'answers',
      status: 'passed',
      why: 'Sent one action.',
      evidence: ['do → sealed'],
    },
    {
      name: 'it stays alive',
      guarantee: 'survives garbage',
      status: 'failed',
      why: 'It said: \u001b[2J\u009b1m\u202egone.',
      remedy: 'Put it behind the barrier.',
      evidence: ['do a → sealed', 'do b → sealed'],
    },
    { name: 'it undoes', guarantee: 'undo', status: 'skipped', why: 'Give `compensation`.', evidence: [] },
  ],
  guarantees: [
    { name: 'answers', status: 'held', without: 'No saga gets on.' },
    { name: 'undo', status: 'unproven', without: 'Effects stay.' },
    { name: 'survives garbage', status: 'broken', without: 'One message stops it.' },
  ],
  startedAt: 1,
  endedAt: 2,
};

it('writes a report as a table, with what to do and what is lost, and nothing that moves a cursor', () => {
  expect(formatConformance(report)).toBe(`Participant stock: stock.reserve, undone by stock.release

passed   it answers      Sent one action.
FAILED   it stays alive  see below
skipped  it undoes       Give \`compensation\`.

FAILED: it stays alive
  It said: \ufffd[2J\ufffd1m\ufffdgone.
  To do: Put it behind the barrier.
    do a → sealed
    do b → sealed

What sagachart cannot promise with this participant:
  - survives garbage: One message stops it.

What is not known, since not all of it was looked at; without it:
  - undo: Effects stay.

It does not conform. 1 passed, 1 failed, 1 skipped.
`);
});
