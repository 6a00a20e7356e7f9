import type { Clock } from '../core/clock.ts';
import { ValidationError } from '../core/errors.ts';
import { fingerprint } from '../core/hash.ts';
import { type Preview, preview } from '../core/preview.ts';
import { toJson, validate } from '../core/schema.ts';
import { parseSnapshot } from '../core/snapshot.ts';
import { type SagaPlan, waitsOf } from '../core/steps.ts';
import type { SagaKey, SagaRecord } from '../core/store.ts';
import type { Choice, OperatorAction, OperatorEvent } from '../core/transition.ts';
import type { ActorHost } from './actor-host.ts';
import { canonicalJson } from './canonical-json.ts';
import { type ActionOptions, defaultTenant } from './orchestrator-options.ts';
import type { Registry } from './registry.ts';
import type { Saga } from './saga.ts';
import type { SagaReader } from './saga-reader.ts';

/** What an operator asks for: the action, and what goes with it. */
export interface ActionRequest {
  readonly action: OperatorAction;
  /** Of resolve. */
  readonly as?: 'succeeded' | 'refused' | 'abandoned' | undefined;
  /** Of skip and resolve. */
  readonly result?: unknown;
  /** Of decide. */
  readonly choice?: Choice | undefined;
  /** Of retry. */
  readonly input?: unknown;
  /** Of compensate. */
  readonly to?: string | undefined;
  /** Of signal. */
  readonly name?: string | undefined;
  /** Of signal. */
  readonly data?: unknown;
}

/** What an action would do to a saga at this version. */
export interface ForeseenAction extends Preview {
  readonly version: number;
}

/** What actions need. */
export interface ActionsOptions {
  readonly host: ActorHost;
  readonly reader: SagaReader;
  readonly registry: Registry;
  /** The store's time. */
  readonly clock: Pick<Clock, 'now'>;
}

/** What people do to sagas, and what it would do. */
export class Actions {
  readonly #options: ActionsOptions;

  constructor(options: ActionsOptions) {
    this.#options = options;
  }

  /** The saga after the action. Throws what `Orchestrator`'s actions throw. */
  async act(id: string, request: ActionRequest, options: ActionOptions): Promise<Saga> {
    const { host, reader } = this.#options;
    const { tenant = defaultTenant, ifVersion } = options;
    const event = await this.#toEvent({ tenant, id }, request, options);
    return reader.toSaga(await host.deliver({ tenant, id }, event, ifVersion));
  }

  /** What the action would do now. Throws `NotFoundError`, and `ValidationError` for data that do not fit. */
  async preview(id: string, request: ActionRequest, options: ActionOptions): Promise<ForeseenAction> {
    const { reader, registry, clock } = this.#options;
    const { tenant = defaultTenant } = options;
    const record = await reader.record({ tenant, id });
    const { logic } = registry.pinned(record.definition);
    const event = await this.#toEvent({ tenant, id }, request, options, record);
    const at = { tenant, now: clock.now(), deadline: record.deadlineAt ?? undefined };
    const foreseen = preview(logic, parseSnapshot(logic.machine, record.snapshot), event, at);
    return { ...foreseen, version: record.version };
  }

  async #toEvent(
    key: SagaKey,
    request: ActionRequest,
    { actor, reason, idempotencyKey }: ActionOptions,
    record?: SagaRecord,
  ): Promise<OperatorEvent> {
    const fields = toFields(request);
    const who = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
    const keyed =
      idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: fingerprint(canonicalJson(fields)) };
    const event = { ...fields, ...who, ...keyed };
    return request.action === 'signal' ? this.#signal(key, event, record) : event;
  }

  /** A signal's data, as the saga's definition understands it. */
  async #signal(key: SagaKey, event: OperatorEvent, known?: SagaRecord): Promise<OperatorEvent> {
    const { reader, registry } = this.#options;
    const record = known ?? (await reader.record(key));
    const wait = waitOf(registry.pinned(record.definition).logic.plan, event.name);
    const what = `the data of signal '${wait.name}'`;
    const { schema } = wait;
    const data = schema === undefined ? event.data : await fit(validate(schema, event.data, what));
    return { ...event, data: toJson(data ?? null, what) };
  }
}

/** What is wrong with a signal's data, as seen from the request that holds it. */
async function fit(validated: Promise<unknown>): Promise<unknown> {
  try {
    return await validated;
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const issues = error.issues.map(({ path, message }) => ({ path: `/data${path}`, message }));
    throw new ValidationError(error.message, issues);
  }
}

/** The event without what was left out; what is given is JSON. Throws `ValidationError`. */
function toFields({ action: type, ...given }: ActionRequest): OperatorEvent {
  const fields = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, toJson(value, `'${name}'`)] as const],
  );
  return { type, ...Object.fromEntries(fields) };
}

function waitOf(plan: SagaPlan, name: string | undefined) {
  const waits = waitsOf(plan);
  const wait = waits.find((one) => one.name === name);
  if (wait !== undefined) return wait;
  const known = waits.map((one) => one.name).join(', ') || 'none';
  throw new ValidationError(`saga '${plan.name}' knows no signal '${name ?? ''}'; it knows: ${known}`, [
    { path: '/name', message: 'not a signal of this saga' },
  ]);
}
