import type { PublishedData, PublishedEventType } from './cloud-event.ts';
import type { CommandEnd, CommandOf, JournaledData } from './command-end.ts';
import type { SagaTrace } from './saga-trace.ts';
import type { SagaPlan } from './steps.ts';
import type { JournalRow } from './saga-row.ts';

/** One thing that a line of the journal tells, with what is particular to it. */
export interface Fact {
  readonly type: PublishedEventType;
  readonly data: Partial<PublishedData>;
}

/** A line of the journal, and everything about it that is looked at more than once. */
export interface Line {
  readonly row: JournalRow;
  readonly data: JournaledData;
  readonly before: SagaTrace | undefined;
  readonly after: SagaTrace;
  readonly plan: SagaPlan | undefined;
  readonly end: CommandEnd | undefined;
  /** The command that the saga was parked with before. */
  readonly wasParked: CommandOf | undefined;
  /** Sent back to this step, the saga goes forward again from there. */
  readonly rewound: string | undefined;
  /** Steps that their guard skipped. */
  readonly skipped: readonly string[];
}
