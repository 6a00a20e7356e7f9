import type { Ids } from '../core/clock.ts';
import { stepNamed } from '../core/command.ts';
import {
  ConflictError,
  DefinitionError,
  StorageUnavailableError,
  toFailure,
  ValidationError,
} from '../core/errors.ts';
import { fingerprint } from '../core/hash.ts';
import { operationOf } from '../core/machine-parts.ts';
import type { StartOutcome, StartRefusal } from '../core/observer.ts';
import { toJson, validate } from '../core/schema.ts';
import type { SagaKey, SagaOrigin, SagaRecord, SagaStore } from '../core/store.ts';
import { parseTraceparent, toTraceparent } from '../core/traceparent.ts';
import { begin, type Move, type SagaLogic } from '../core/transition.ts';
import type { ActorHost } from './actor-host.ts';
import type { Admission } from './admission.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CommitOutcome, GroupCommit } from './group-commit.ts';
import type { Lease } from './lease.ts';
import type { Observers } from './observers.ts';
import { defaultTenant, type StartedSaga, type StartOptions } from './orchestrator-options.ts';
import type { RegisteredSaga } from './registry.ts';
import { toSummary } from './saga.ts';
import { toRecord, toStart } from './saga-record.ts';

/** What starting sagas needs. */
export interface StarterOptions {
  readonly node: string;
  readonly store: SagaStore;
  readonly committer: GroupCommit;
  readonly host: ActorHost;
  readonly lease: Lease;
  readonly ids: Ids;
  readonly admission: Admission;
  readonly observers: Observers;
}

const identifier = /^[A-Za-z0-9_-]{1,128}$/;

/** Starts sagas: each id and each idempotency key once. */
export class Starter {
  readonly #options: StarterOptions;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** See `Orchestrator.start`. */
  async start(saga: RegisteredSaga, given: unknown, options: StartOptions): Promise<StartedSaga> {
    const { admission, committer } = this.#options;
    if (committer.stats.isFailing)
      throw this.#refused(
        'failing',
        new StorageUnavailableError('the database does not answer now: try again later'),
      );
    this.#unlessOverloaded(() => admission.enter());
    try {
      return await this.#watched(saga, given, options);
    } finally {
      admission.leave();
    }
  }

  async #watched(saga: RegisteredSaga, given: unknown, options: StartOptions): Promise<StartedSaga> {
    const key = {
      tenant: checkId('tenant', options.tenant ?? defaultTenant),
      id: checkId('id', options.id ?? this.#options.ids.next()),
    };
    const { name, version } = saga.ref;
    const place = parseTraceparent(options.traceparent);
    const watch = this.#options.observers.starting({
      name,
      version,
      ...key,
      traceparent: place && toTraceparent(place),
    });
    let outcome: StartOutcome = 'failed';
    try {
      const { traceparent } = watch;
      const started = await this.#start(saga, given, {
        ...key,
        options,
        ...(traceparent === undefined ? {} : { traceparent }),
      });
      outcome = started.isReplayed ? 'replayed' : 'started';
      return started;
    } finally {
      watch.ended(outcome);
    }
  }

  async #start(
    { definition, ref, logic }: RegisteredSaga,
    given: unknown,
    {
      options,
      traceparent,
      ...key
    }: SagaKey & { readonly options: StartOptions; readonly traceparent?: string },
  ): Promise<StartedSaga> {
    const { node, host, lease, admission } = this.#options;
    const schema = definition.options.input;
    const what = `the input of saga '${definition.name}'`;
    const asked = toJson(given, what);
    const input = schema === undefined ? asked : toJson(await validate(schema, given, what), what);
    const now = lease.now();
    const trace = traceparent === undefined ? {} : { traceparent };
    const move = beginOf(logic, { id: key.id, input, now, ...trace });
    this.#unlessOverloaded(() => admission.checkParticipants(participantsOf(logic, move)));
    const { attributes = {}, idempotencyKey = null, version } = options;
    const origin: SagaOrigin = {
      definition: ref,
      deadlineAt: logic.plan.timeout === undefined ? null : now + logic.plan.timeout,
      attributes,
      idempotencyKey,
      requestHash: fingerprint(canonicalJson({ name: definition.name, version, input: asked, attributes })),
      createdAt: now,
    };
    const owner = host.load.free > 0 && lease.isHeld ? node : null;
    const write = toStart(key, origin, move, {
      plan: logic.plan,
      event: { type: 'start', input, ...trace },
      hooks: move.hooks,
      node: owner,
      now,
      hasWork: move.commands.length > 0 || move.hooks.length > 0,
    });
    const outcome = await new Promise<CommitOutcome>((resolve) =>
      this.#options.committer.commit(write, resolve),
    );
    if (outcome === 'stale') return this.#repeated(key, origin);
    if (outcome !== 'written')
      throw new ValidationError(
        `the input of saga '${definition.name}' cannot be stored: ${outcome.refused.message}`,
      );
    const record = toRecord({ ...origin, version: 0, epoch: 1 }, write);
    if (owner === null) host.noticed(record, move);
    else host.begin(record, move, logic);
    return { saga: toSummary(record), isReplayed: false };
  }

  #unlessOverloaded(check: () => void): void {
    try {
      check();
    } catch (error) {
      throw this.#refused('overloaded', error as Error);
    }
  }

  #refused(why: StartRefusal, error: Error): Error {
    this.#options.observers.refused(why);
    return error;
  }

  /** The id or the key is taken: by the same request (then this is a repetition), or by another. */
  async #repeated(key: SagaKey, origin: SagaOrigin): Promise<StartedSaga> {
    const record = await this.#find(key, origin.idempotencyKey);
    // Deleted meanwhile, or never written: this node closes, and the store does not answer it.
    if (record === undefined)
      throw new StorageUnavailableError('whether the saga was started is not certain: ask again');
    if (record.requestHash === origin.requestHash) return { saga: toSummary(record), isReplayed: true };
    const isKey = record.idempotencyKey === origin.idempotencyKey && record.id !== key.id;
    throw new ConflictError(
      `the ${isKey ? 'idempotency key' : `id '${key.id}'`} belongs to another request: use a new one`,
    );
  }

  async #find(key: SagaKey, idempotencyKey: string | null): Promise<SagaRecord | undefined> {
    const { store } = this.#options;
    const byKey =
      idempotencyKey === null ? undefined : await store.findByIdempotencyKey(key.tenant, idempotencyKey);
    return byKey ?? (await store.get(key));
  }
}

/** The first step's guard is the author's code: when it throws, no saga comes to be. */
function beginOf(logic: SagaLogic, start: Parameters<typeof begin>[1]): Move {
  try {
    return begin(logic, start);
  } catch (error) {
    throw new DefinitionError(
      `saga '${logic.plan.name}' cannot start: its definition threw: ${toFailure(error).message}`,
      { cause: error },
    );
  }
}

/** Who is asked first. */
function participantsOf({ plan }: SagaLogic, { commands }: Move): readonly string[] {
  return commands.map(({ step, op }) => operationOf(stepNamed(plan, step), op).participant);
}

function checkId(what: string, id: string): string {
  if (identifier.test(id)) return id;
  throw new ValidationError(`the ${what} must be 1 to 128 letters, digits, '_' or '-'`, [
    { path: `/${what}`, message: 'not an identifier' },
  ]);
}
