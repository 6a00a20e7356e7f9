import type { PublishedData } from './cloud-event.ts';
import type { Fact, Line } from './fact.ts';
import { expiredWait, waitIn } from './operator-lines.ts';
import type { SagaTrace } from './saga-trace.ts';
import { toMigratedData } from './upgrade.ts';

/** A person pauses the saga, or lets it go on. */
export function pauses({ row }: Line): readonly Fact[] {
  if (row.type === 'pause') return [{ type: 'saga.paused', data: {} }];
  return row.type === 'resume' ? [{ type: 'saga.resumed', data: {} }] : [];
}

/** An upgrade pins the saga to another version of its definition. */
export function migrates({ row }: Line): readonly Fact[] {
  const migrated = toMigratedData(row);
  if (migrated === undefined) return [];
  const { from, to } = migrated;
  return [{ type: 'saga.migrated', data: { fromVersion: from.version, toVersion: to.version } }];
}

/** A signal is waited for, came, or did not come in time. */
export function hears({ row, data, before, plan }: Line): readonly Fact[] {
  const { name: step, data: result } = data;
  const expired = expiredWait(row, plan);
  const awaited = waitIn(row.state);
  const isAwaited = awaited !== undefined && (before === undefined || waitIn(before.state) !== awaited);
  return [
    ...(row.type === 'signal' && step !== undefined
      ? [{ type: 'signal.received' as const, data: { step, ...(result === undefined ? {} : { result }) } }]
      : []),
    ...(expired === undefined ? [] : [{ type: 'signal.expired' as const, data: { step: expired } }]),
    ...(isAwaited ? [{ type: 'signal.awaited' as const, data: { step: awaited } }] : []),
  ];
}

/** The saga was sent back to a step, and goes on from there. */
export function goesForward({ row, before, rewound }: Line): readonly Fact[] {
  if (before === undefined || rewound === undefined) return [];
  const since = before.backwardSince;
  const done = { ...causeOf(before), duration: row.at - (since ?? row.at) };
  return [
    ...(since === null ? [] : [{ type: 'compensation.completed' as const, data: done }]),
    { type: 'saga.rewound', data: { step: rewound } },
  ];
}

/** Why the saga turned back, where it did. */
export function causeOf({ cause }: SagaTrace): Pick<PublishedData, 'cause'> {
  return cause === null ? {} : { cause };
}
