import { and, desc, eq, lt } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { AuditFilter } from '../core/audit.ts';
import { isPersonal, sagaEvents } from './schema.ts';

/** Lists what people did, newest first, from the index of just that. */
export function listAudit(
  drizzle: PgDatabase<PgQueryResultHKT>,
  { tenant, sagaId, action, before, limit }: AuditFilter,
) {
  const { tenant: tenantColumn, sagaId: id, type, data, status, state, seq, at, position } = sagaEvents;
  return drizzle
    .select({ tenant: tenantColumn, id, action: type, data, status, state, seq, at, position })
    .from(sagaEvents)
    .where(
      and(
        isPersonal(type),
        eq(tenantColumn, tenant),
        sagaId === undefined ? undefined : eq(id, sagaId),
        action === undefined ? undefined : eq(type, action),
        before === undefined ? undefined : lt(position, before),
      ),
    )
    .orderBy(desc(position))
    .limit(limit);
}
