/** What was asked of an operation, by the instances that answer now, since they started. */
export interface ServedOperation {
  readonly name: string;
  readonly requests: number;
  /** How many of them were answered with an error; refusals are errors, too. */
  readonly errors: number;
  /** How long an answer took; ms. 0 where nothing was asked. */
  readonly averageMs: number;
}

/** A participant that can be asked now, all its instances together. */
export interface ServedParticipant extends ServedOperation {
  /** Of its instances; several with commas where they differ. */
  readonly version: string;
  readonly instances: number;
  readonly operations: readonly ServedOperation[];
}

/** One instance of a participant, as it tells of itself. */
export interface ParticipantInstance {
  readonly name: string;
  readonly version: string;
  readonly operations: readonly OperationCount[];
}

/** What one instance counted for an operation. */
export interface OperationCount {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  /** All answers together; ms. */
  readonly totalMs: number;
}

/** Instances by participant, in the order of the alphabet. */
export function toServedParticipants(
  instances: readonly ParticipantInstance[],
): readonly ServedParticipant[] {
  const names = [...new Set(instances.map(({ name }) => name))].toSorted();
  return names.map((name) => {
    const own = instances.filter((instance) => instance.name === name);
    const counts = own.flatMap(({ operations }) => operations);
    const operations = [...new Set(counts.map((count) => count.name))].map((operation) =>
      toOperation(
        operation,
        counts.filter((count) => count.name === operation),
      ),
    );
    const version = [...new Set(own.map((instance) => instance.version))].toSorted().join(', ');
    return { ...toOperation(name, counts), version, instances: own.length, operations };
  });
}

function toOperation(name: string, counts: readonly OperationCount[]): ServedOperation {
  const sum = (key: 'requests' | 'errors' | 'totalMs') => counts.reduce((all, count) => all + count[key], 0);
  const requests = sum('requests');
  const averageMs = requests === 0 ? 0 : Math.round((sum('totalMs') / requests) * 100) / 100;
  return { name, requests, errors: sum('errors'), averageMs };
}

/** Counts what one instance of a participant answers. */
export class OperationCounter {
  readonly #counts: Map<string, OperationCount>;

  constructor(operations: readonly string[]) {
    this.#counts = new Map(operations.map((name) => [name, { name, requests: 0, errors: 0, totalMs: 0 }]));
  }

  /** An answer (a transport's `Reply`), or that there was none, after `ms`. */
  count(operation: string, reply: { readonly type: string } | undefined, ms: number): void {
    const before = this.of(operation);
    const isError = reply?.type === 'refused' || reply?.type === 'failed';
    this.#counts.set(operation, {
      name: operation,
      requests: before.requests + 1,
      errors: before.errors + (isError ? 1 : 0),
      totalMs: before.totalMs + ms,
    });
  }

  of(operation: string): OperationCount {
    return this.#counts.get(operation) ?? { name: operation, requests: 0, errors: 0, totalMs: 0 };
  }

  get all(): readonly OperationCount[] {
    return [...this.#counts.values()];
  }
}
