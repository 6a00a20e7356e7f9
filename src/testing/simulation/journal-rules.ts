import { operationOf } from '../../core/machine-parts.ts';
import { isClosed, statusOf } from '../../core/snapshot.ts';
import { commandName, recordsOf } from '../../core/steps.ts';
import { placedSteps, type SagaRule } from './saga-case.ts';

/** How wrong a node may be about the database's time, between two renewals of its lease; ms. */
/** What a person does to send a parked saga on. */
const sendsOn: ReadonlySet<string> = new Set(['retry', 'skip', 'resolve', 'decide']);

const tolerance = 150;

const legal: Readonly<Record<string, readonly string[]>> = {
  running: ['running', 'completed', 'compensating', 'compensated', 'failed'],
  compensating: ['compensating', 'compensated', 'failed'],
  failed: ['failed', 'running', 'compensating', 'completed', 'compensated', 'abandoned'],
};
const operatorEvents: readonly string[] = [
  'retry',
  'skip',
  'compensate',
  'resolve',
  'decide',
  'signal',
  'resume',
];

/** What must hold of a saga's row and journal. */
export const journalRules: Readonly<Record<string, SagaRule>> = {
  'I-14': function* dense({ record, journal, moves }) {
    const isDense = journal.every(({ seq }, index) => seq === index + 1) && record.version === journal.length;
    if (!isDense)
      yield `it is at version ${record.version}, and its journal has ${journal.map(({ seq }) => seq).join(' ')}`;
    if (moves.length !== journal.length)
      yield `${moves.length} transitions were made durable, and the journal has ${journal.length}`;
  },

  'I-15': function* ownTransactions({ journal }) {
    if (new Set(journal.map(({ txId }) => txId)).size !== journal.length)
      yield 'two of its transitions have one transaction id';
  },

  'I-16': function* legalWay({ journal, isRewound }) {
    for (const [index, { status, type }] of journal.entries()) {
      const before = journal[index - 1]?.status ?? 'running';
      const goesOn =
        isRewound && before === 'compensating' && (status === 'running' || status === 'completed');
      const isKnown = legal[before]?.includes(status) === true || goesOn;
      const isLegal = isKnown && (before !== 'failed' || operatorEvents.includes(type));
      if (!isLegal) yield `it went from ${before} to ${status} by ${type}`;
    }
  },

  'I-17': function* endIsTheEnd({ journal }) {
    const end = journal.findIndex(({ status }) => isClosed(status));
    if (end >= 0 && end < journal.length - 1) yield `it went on after it was ${journal[end]?.status}`;
  },

  'I-18': function* replays({ replayError }) {
    if (replayError !== undefined) yield replayError;
  },

  'I-19': function* statusIsTheState({ record, replayed, plan, steps }) {
    const last = replayed.at(-1);
    if (last !== undefined && statusOf(last.snapshot) !== record.status)
      yield `its row says ${record.status}, its chart ${statusOf(last.snapshot)}`;
    const unfinished = plan.nodes
      .flatMap(recordsOf)
      .find((name) => !['completed', 'skipped'].includes(steps[name]?.status ?? ''));
    if (record.status === 'completed' && unfinished !== undefined)
      yield `it is completed, and ${unfinished} is ${steps[unfinished]?.status ?? 'pending'}`;
  },

  'I-22': function* oneOwnerAnEpoch({ takeovers }) {
    for (const [index, { epoch, node }] of takeovers.entries()) {
      const before = takeovers[index - 1]?.epoch ?? 1;
      if (epoch <= before) yield `${node} took it over with epoch ${epoch}, after epoch ${before}`;
    }
  },

  'I-23': function* timeOfTheDatabase({ moves }) {
    const early = moves.find(({ write, at }) => write.entry.at > at + tolerance);
    if (early !== undefined)
      yield `${early.write.entry.type} was decided ${early.write.entry.at - early.at} ms ahead of the database's time`;
  },

  'I-24': function* noMoreAttemptsThanAllowed(saga) {
    for (const { step } of placedSteps(saga)) {
      for (const op of ['do', 'undo', 'seal'] as const) {
        const record = saga.steps[step.name];
        const used = (record?.attempts[op] ?? 0) - (record?.forgiven?.[op] ?? 0);
        // A person who sends a saga on allows one more to each member of a group whose attempt was cut short by the parking.
        const sentOn = saga.journal.filter(({ type }) => sendsOn.has(type)).length;
        const maximumAttempts = operationOf(step, op).retry.maximumAttempts + sentOn;
        if (used > maximumAttempts)
          yield `${commandName(step.name, op)} was tried ${used} times, ${maximumAttempts} are allowed`;
      }
    }
  },

  'I-25': function* neverForwardAgain({ journal, replayed }) {
    const turned = replayed.findIndex(
      ({ row, snapshot }) => row.status === 'compensating' && snapshot.state.context.rewind === undefined,
    );
    const forward = replayed
      .slice(turned < 0 ? journal.length : turned)
      .find(({ commands }) => commands.some(({ op }) => op === 'do'));
    if (forward !== undefined)
      yield `it asked for an action at ${forward.row.seq}, having turned back at ${turned + 1}`;
  },

  paused: function* asksNobody({ replayed }) {
    for (const { snapshot, commands, row } of replayed) {
      const [command] = commands;
      if (snapshot.state.context.paused !== undefined && command !== undefined)
        yield `it asked for ${command.name} at ${row.seq}, while it was paused`;
    }
  },

  'I-28': function* nothingLeftInDoubt(saga) {
    if (saga.record.status !== 'compensated' || saga.isOverridden) return;
    for (const { step } of placedSteps(saga)) {
      const record = saga.steps[step.name];
      if (
        record?.attempts.do === undefined ||
        step.compensation === undefined ||
        record.status === 'compensated'
      )
        continue;
      if (record.ordinal !== undefined || record.inDoubt === true || record.inFlight === true)
        yield `it is compensated, and ${step.name} is neither undone nor proven to be without effect`;
    }
  },

  'I-40': function* noStaleWrite({ moves }) {
    const stale = moves.find(
      ({ write, before }) =>
        write.expected?.version !== before?.version || write.expected?.epoch !== before?.epoch,
    );
    if (stale !== undefined)
      yield `a write for epoch ${stale.write.expected?.epoch} was accepted in epoch ${stale.before?.epoch}`;
  },
};
