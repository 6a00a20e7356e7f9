import type { AuditEntry, AuditFilter } from '../core/audit.ts';
import type { FaultFilter, FaultGroup } from '../core/saga-list.ts';
import type { SagaStore, SagaTally } from '../core/store.ts';
import { defaultTenant } from './orchestrator-options.ts';

/** What there is to say about many sagas of a tenant at once. */
export class Reports {
  readonly #store: SagaStore;

  constructor({ store }: { readonly store: SagaStore }) {
    this.#store = store;
  }

  /** How many sagas there are, by definition, status, fault and whether a person overrode them. */
  tallies(tenant: string = defaultTenant): Promise<readonly SagaTally[]> {
    return this.#store.tallies(tenant);
  }

  /** Faults that sagas have now, those of most sagas first; at most 100 unless told otherwise. */
  faults(filter: Partial<FaultFilter> = {}): Promise<readonly FaultGroup[]> {
    return this.#store.faults({ tenant: defaultTenant, limit: 100, ...filter });
  }

  /** What people did, newest first; at most 100 entries unless told otherwise. */
  audit(filter: Partial<AuditFilter> = {}): Promise<readonly AuditEntry[]> {
    return this.#store.audit({ tenant: defaultTenant, limit: 100, ...filter });
  }
}
