import type postgres from 'postgres';
import { StorageUnavailableError } from '../core/errors.ts';

/** What a participant's handler writes its effect with: postgres.js, bound to the passage's transaction. */
export interface PostgresTx extends postgres.ISql {
  /** The client's options, for query builders that look there for parsers and serializers. */
  readonly options: postgres.Sql['options'];
  /** Runs `work`; when it rejects, only its own writes are rolled back and the error is rethrown. */
  savepoint<Result>(work: (tx: PostgresTx) => Promise<Result>): Promise<Result>;
}

/** A query of postgres.js, as far as this file looks into it: it runs when somebody first waits for it. */
interface LazyQuery extends Promise<unknown> {
  handle: () => unknown;
  cancel: () => void;
  reject: (error: Error) => void;
}

/** A handle on `client` that refuses statements once `isOpen` says no, also those that were written before and are awaited after. */
export function createPostgresTx(client: postgres.Sql, isOpen: () => boolean): PostgresTx {
  const guarded =
    <Parameters extends readonly unknown[], Result>(make: (...parameters: Parameters) => Result) =>
    (...parameters: Parameters): Result => {
      if (!isOpen()) throw gone();
      const made = make(...parameters);
      if (isLazyQuery(made)) guard(made, isOpen);
      return made;
    };
  const { json, array, types, typed, notify, options } = client;
  const tx = Object.assign(guarded(client as unknown as (...parameters: readonly unknown[]) => unknown), {
    json,
    array,
    types,
    typed,
    options,
    notify: guarded(notify),
    unsafe: guarded(client.unsafe),
    file: guarded(client.file),
    savepoint: <Result>(work: (tx: PostgresTx) => Promise<Result>) => savepoint(tx, work),
  }) as unknown as PostgresTx;
  return tx;
}

async function savepoint<Result>(tx: PostgresTx, work: (tx: PostgresTx) => Promise<Result>): Promise<Result> {
  await tx`savepoint saga_nested`;
  try {
    return await work(tx);
  } catch (error) {
    await tx`rollback to savepoint saga_nested`;
    throw error;
  } finally {
    // Also after a rollback, which leaves the savepoint where an outer one of the same name would be looked for.
    await tx`release savepoint saga_nested`;
  }
}

function guard(query: LazyQuery, isOpen: () => boolean): void {
  const { handle } = query;
  query.handle = () => (isOpen() ? handle.call(query) : query.reject(gone()));
  query.cancel = () => {
    // postgres.js cancels over a second connection, and would crash for not getting one.
    throw new Error('a query of a barrier transaction cannot be cancelled; set statement_timeout instead');
  };
}

function isLazyQuery(value: unknown): value is LazyQuery {
  return value instanceof Promise && 'handle' in value;
}

function gone(): StorageUnavailableError {
  return new StorageUnavailableError(
    'the transaction of this statement has ended; a handler must await every statement',
  );
}
