import type { SourceEdit } from './bundle-world.ts';

/** A bug, planted. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly SourceEdit[];
  /** The invariants that may catch it; any other would mean that it breaks something else than it says. */
  readonly caughtBy: readonly string[];
}

const effects = ['I-1', 'I-2', 'I-3', 'I-4', 'I-5', 'I-6', 'I-7', 'I-8', 'I-10', 'I-11', 'I-12'] as const;

/** Every rule that the contract rests on, taken away one at a time. */
export const mutations: readonly Mutation[] = [
  // Storage and ownership
  {
    name: 'the store writes whatever version it is at',
    edits: [
      edit(
        'memory/saga-write.ts',
        'before.version !== expected?.version || before.epoch !== expected.epoch',
        'before.epoch !== expected?.epoch',
      ),
    ],
    caughtBy: ['I-14', 'I-15', 'I-17', 'I-18', 'I-40'],
  },
  {
    name: 'the store writes whatever epoch it is in',
    edits: [
      edit(
        'memory/saga-write.ts',
        'before.version !== expected?.version || before.epoch !== expected.epoch',
        'before.version !== expected?.version',
      ),
    ],
    caughtBy: ['I-40'],
  },
  {
    name: 'a takeover does not raise the epoch',
    edits: [
      edit('memory/store.ts', 'owner: node, epoch: record.epoch + 1', 'owner: node, epoch: record.epoch'),
    ],
    caughtBy: ['I-21', 'I-22', 'I-26', 'I-39'],
  },
  {
    name: 'a start overwrites the saga that has its id',
    edits: [edit('memory/store.ts', 'if (before !== undefined || (taken', 'if ((taken')],
    caughtBy: ['I-14', 'I-40', 'I-18', ...effects],
  },
  {
    name: 'a lost answer counts as a commit',
    edits: [
      edit(
        'runtime/group-commit.ts',
        'const before = await store.committed(txId, writes);',
        'const before = writes.map(() => true);',
      ),
    ],
    caughtBy: ['I-9', 'I-21', 'I-26', 'I-31', 'hooks', ...effects],
  },
  {
    name: 'a lost answer is not read back',
    edits: [
      edit('runtime/group-commit.ts', 'await this.#repeat(txId, writes)', 'await store.commit(txId, writes)'),
    ],
    caughtBy: ['I-21', 'I-26'],
  },
  {
    name: 'a stale write counts as a commit',
    edits: [edit('runtime/group-commit.ts', "written[index] === true ? 'written' : 'stale'", "'written'")],
    caughtBy: ['I-9', 'I-21', 'I-26', 'hooks', ...effects],
  },
  {
    name: 'what was written while the saga was taken away is delivered again',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        "return settle?.({ type: 'moved', record: written });",
        "return settle?.({ type: 'elsewhere' });",
      ),
    ],
    caughtBy: ['I-26'],
  },
  {
    name: 'an older takeover takes the place of a newer one, and nobody looks again',
    edits: [
      edit(
        'runtime/actor-host.ts',
        'present.record.epoch >= record.epoch',
        'present.record.epoch > record.epoch + 1e9',
      ),
      edit(
        'runtime/actor-host.ts',
        'if (isOurs && !this.#isClosed && !this.#actors.has(toId(actor.key))) this.resume(record);',
        'void isOurs;',
      ),
    ],
    caughtBy: ['I-21', 'I-26'],
  },
  {
    name: 'claims are made under the name that everything is driven by',
    edits: [edit('runtime/lease.ts', 'if (this.#claimant === name) this.#claimant = undefined;', '')],
    caughtBy: ['I-21'],
  },
  {
    name: 'letting go is asked for once',
    edits: [
      edit(
        'runtime/actor-host.ts',
        'this.#answered(() => this.#options.store.release([actor.release(dueAt)]))',
        'this.#options.store.release([actor.release(dueAt)])',
      ),
    ],
    caughtBy: ['I-21'],
  },
  {
    name: 'a saga that is let go of has no alarm',
    edits: [edit('runtime/saga-record.ts', 'node === null && !isDone ? now : alarm,', 'null,')],
    caughtBy: ['I-20'],
  },
  {
    name: 'timers are lost when a saga is read',
    edits: [
      edit(
        'core/snapshot.ts',
        'const snapshot = { state: machine.resolveState(stored as never), timers };',
        'const snapshot = { state: machine.resolveState(stored as never), timers: timers === undefined ? timers : {} };',
      ),
    ],
    caughtBy: ['I-18', 'I-20', 'I-21'],
  },
  {
    name: 'a node takes its own clock for the database’s',
    edits: [
      edit('runtime/lease.ts', 'this.#options.clock.now() + this.#offset', 'this.#options.clock.now()'),
    ],
    caughtBy: ['I-21', 'I-23', 'cause'],
  },
  {
    name: 'the time of a move is read twice',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        'node: this.#context.node, now, hasWork',
        'node: this.#context.node, now: this.#context.clock.now(), hasWork',
      ),
    ],
    caughtBy: ['I-18'],
  },
  {
    name: 'the journal tells events without their data',
    edits: [
      edit(
        'runtime/saga-record.ts',
        'data: JSON.stringify(data)',
        'data: JSON.stringify(type === "start" ? data : {})',
      ),
    ],
    caughtBy: ['I-18', 'I-26'],
  },
  // Sending
  {
    name: 'commands are sent before their move is durable',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        '    this.#isCommitting = true;\n',
        '    this.#isCommitting = true;\n    for (const command of move.commands) this.#commands.send(command, move.snapshot.state.context, false);\n',
      ),
    ],
    caughtBy: ['I-9'],
  },
  {
    name: 'each attempt has an idempotency key of its own',
    edits: [
      edit(
        'core/command.ts',
        'idempotencyKey: idempotencyKey(tenant, context.id, command),',
        'idempotencyKey: idempotencyKey(tenant, context.id, { ...command, generation: command.generation * 100 + command.attempt }),',
      ),
    ],
    caughtBy: ['I-9', ...effects],
  },
  {
    name: 'an undo is not told what the action replied',
    edits: [
      edit('core/command.ts', "command.op === 'undo' ? context.results[step.name] : undefined", 'undefined'),
    ],
    caughtBy: ['original'],
  },
  {
    name: 'a takeover does not tell that the attempt was sent before',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        'this.#commands.send(command, context, true);',
        'this.#commands.send(command, context, false);',
      ),
    ],
    caughtBy: ['I-2', 'I-3', 'I-6', 'I-8', 'I-11'],
  },
  {
    name: 'hooks that a node left behind are forgotten',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        'this.#hooks = saga.record.hooks === null ? []',
        'this.#hooks = saga.record.hooks !== undefined ? []',
      ),
    ],
    caughtBy: ['hooks', 'I-21'],
  },
  {
    name: 'hooks of a start are never ticked off',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        '    this.#runHooks(this.#hooks);\n    this.#rest();',
        '    this.#runHooks(move.hooks);\n    this.#rest();',
      ),
    ],
    caughtBy: ['I-21'],
  },
  // Deciding
  {
    name: 'a step in doubt is not undone',
    edits: [
      edit(
        'core/context.ts',
        '(record.ordinal !== undefined || record.inDoubt === true || record.undoAnyway === true)',
        '(record.ordinal !== undefined || record.undoAnyway === true)',
      ),
    ],
    caughtBy: [...effects, 'I-28'],
  },
  {
    name: 'reaching nobody settles earlier doubts',
    edits: [
      edit(
        'core/context.ts',
        "    case 'unreachable':\n      return withStep(context, step, { inFlight: undefined, inDoubt: doubt, error });",
        "    case 'unreachable':\n      return withStep(context, step, { inFlight: undefined, inDoubt: undefined, error });",
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'a timeout leaves no doubt',
    edits: [
      edit(
        'core/context.ts',
        '      return withStep(context, step, { inFlight: undefined, inDoubt: true, error });',
        '      return withStep(context, step, { inFlight: undefined, error });',
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'an action under way is not waited for on the way back',
    edits: [
      edit(
        'core/backward.ts',
        "          { target: 'settling', guard: { type: 'isInFlight', params: { step: step.name } } },\n",
        '',
      ),
    ],
    caughtBy: [...effects, 'I-28'],
  },
  {
    name: 'members under way are not waited for on the way back',
    edits: [
      edit(
        'core/backward.ts',
        "always: [{ target: 'waiting', guard: { type: 'isInFlight', params: { step: step.name } } }, { target: 'settled' }]",
        "always: [{ target: 'settled' }]",
      ),
    ],
    caughtBy: [...effects, 'I-28'],
  },
  {
    name: 'members are undone in the order they completed',
    edits: [edit('core/machine-parts.ts', 'rank(b) - rank(a)', 'rank(a) - rank(b)')],
    caughtBy: ['I-5'],
  },
  {
    name: 'the way back leaves steps out',
    edits: [
      edit('core/saga-chart.ts', 'const found = this.#undone.findLast(', 'const found = this.#undone.find('),
    ],
    caughtBy: ['I-3', 'I-5', 'I-28'],
  },
  {
    name: 'steps are undone in the order they were done',
    edits: [
      edit('core/saga-chart.ts', 'const last = this.#undone.at(-1);', 'const last = this.#undone.at(0);'),
      edit(
        'core/saga-chart.ts',
        '      next: this.#undoBefore(index),\n',
        '      next: this.#undoAfter(index),\n',
      ),
      edit('core/saga-chart.ts', 'const found = this.#undone.findLast(', 'const found = this.#undone.find('),
      edit(
        'core/saga-chart.ts',
        '  #at(...path',
        "  #undoAfter(index: number): string {\n    const found = this.#undone.find((undone) => undone.index > index);\n    return found === undefined ? this.#at('compensated') : this.#at('compensating', found.node.name);\n  }\n\n  #at(...path",
      ),
    ],
    caughtBy: ['I-5'],
  },
  {
    name: 'a cancel is heard behind the point of no return',
    edits: [
      edit(
        'core/machine-parts.ts',
        'noReturn.every((step) => isUntouched(context, step.name))',
        'noReturn.length >= 0 && context !== undefined',
      ),
    ],
    caughtBy: ['I-3', 'I-8', 'I-11'],
  },
  {
    name: 'a pivot in doubt is not sealed',
    edits: [
      edit(
        'core/forward.ts',
        'exhausted: seals.length > 0 ? [sealArrow] : [exhausted],',
        'exhausted: [exhausted],',
      ),
    ],
    caughtBy: ['I-3', 'I-8', 'I-11'],
  },
  {
    name: 'one attempt more than the policy allows',
    edits: [
      edit(
        'core/machine-parts.ts',
        'attemptsUsed(context, step, op) < operationOf',
        'attemptsUsed(context, step, op) <= operationOf',
      ),
    ],
    caughtBy: ['I-24'],
  },
  {
    name: 'a compensation that cannot go on is passed over',
    edits: [
      edit(
        'core/backward.ts',
        "const stuck = (why: 'refused' | 'exhausted'): Arrow => ({ target: parked, actions: [parking(step, why, undoOf(step))] });",
        'const stuck = (_why: string): Arrow => ({ target: next });',
      ),
    ],
    caughtBy: ['I-3', 'I-5', 'I-24', 'I-28', 'I-21'],
  },
  {
    name: 'an operator’s retry has a new key though the old may have had an effect',
    edits: [
      edit(
        'core/machine-parts.ts',
        'record.inFlight === true || owesUndo(context, step)',
        'record.ordinal !== undefined',
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'a paused saga asks for what comes next',
    edits: [
      edit(
        'core/transition.ts',
        'const sent = state.context.paused === undefined ? commands : [];',
        'const sent = state.context.id === undefined ? [] : commands;',
      ),
    ],
    caughtBy: ['paused'],
  },
  {
    name: 'a node that takes over a paused saga sends what it awaits',
    edits: [
      edit(
        'runtime/saga-actor.ts',
        'if (this.#snapshot.state.context.paused === undefined) this.#sendAgain();',
        'this.#sendAgain();',
      ),
    ],
    caughtBy: ['I-9'],
  },
  {
    name: 'what is run again after it was undone has the old key',
    edits: [edit('core/rewind.ts', '[[name, generation + 1] as const]', '[[name, generation] as const]')],
    caughtBy: [...effects, 'I-9', 'I-18', 'I-21'],
  },
  {
    name: 'a saga that is sent back to a step leaves steps behind it as they are',
    edits: [
      edit(
        'core/saga-chart.ts',
        'rewinds: this.#rewinds(index, behind),',
        'rewinds: this.#rewinds(-1, behind),',
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'another input is sent under a new key though the old one may have had an effect',
    edits: [
      edit(
        'core/override-input.ts',
        "return op === 'do' && isEffectFree(context, step);",
        "return op === 'do' || isEffectFree(context, step);",
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'a request is carried out as often as it is made, whatever its key',
    edits: [
      edit('runtime/decide.ts', "if (known === 'same') return { type: 'repeated' };", ''),
      edit('runtime/decide.ts', "if (known === 'same') return record;", ''),
    ],
    caughtBy: ['I-26'],
  },
  // Participants
  {
    name: 'an undo that finds nothing leaves no tombstone',
    edits: [
      edit(
        'memory/barrier.ts',
        'if (row === undefined) this.#rows.set(key, { origin: { reason: call.op, reply: null, refusal: null } });',
        "if (row === undefined && call.op !== 'undo') this.#rows.set(key, { origin: { reason: call.op, reply: null, refusal: null } });",
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'a seal is not remembered',
    edits: [
      edit(
        'memory/barrier.ts',
        'if (row === undefined) this.#rows.set(key, { origin: { reason: call.op, reply: null, refusal: null } });',
        "if (row === undefined && call.op !== 'seal') this.#rows.set(key, { origin: { reason: call.op, reply: null, refusal: null } });",
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'a refusal is not remembered',
    edits: [
      edit(
        'memory/barrier.ts',
        "if (row === undefined) this.#rows.set(key, { origin: { reason: 'do', reply: null, refusal } });",
        '',
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'an action that is repeated runs again',
    edits: [
      edit(
        'core/barrier-rules.ts',
        "  return { type: 'replayed', reply: fromReplyText(origin.reply) };",
        "  return op === 'do' ? undefined : { type: 'replayed', reply: fromReplyText(origin.reply) };",
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'an undo that is repeated runs again',
    edits: [
      edit(
        'memory/barrier.ts',
        "if (row?.undone !== undefined) return { type: 'replayed', reply: fromReplyText(row.undone) };",
        '',
      ),
    ],
    caughtBy: effects,
  },
  {
    name: 'the barrier keys actions without their generation',
    edits: [edit('memory/barrier.ts', '    call.generation,\n', '')],
    caughtBy: ['I-10', 'I-12', 'I-21', 'I-2'],
  },
  {
    name: 'the barrier lets a duplicate in beside the first',
    edits: [
      edit(
        'memory/barrier.ts',
        'const passage = (this.#tails.get(key) ?? Promise.resolve()).then(() => this.#pass(key, call, handler));',
        'const passage = this.#pass(key, call, handler);',
      ),
    ],
    caughtBy: effects,
  },
];

function edit(file: string, find: string, replace: string): SourceEdit {
  return { file, find, replace };
}
