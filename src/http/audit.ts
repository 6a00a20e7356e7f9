import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import type { AuditEntry } from '../core/audit.ts';
import { migratedType, toMigratedData } from '../core/upgrade.ts';
import type { Api, ApiEnv } from './api.ts';
import { AuditQuery } from './list-query.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { AuditBody } from './report-schemas.ts';

/** `GET /v1/audit` */
export function auditRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary: 'What people did to sagas, and why, newest first; as long as the sagas are kept',
      tag: 'sagas',
      role: 'viewer',
      answers: { 200: AuditBody },
      problems: [422, 503],
    }),
    validator('query', AuditQuery, refuse),
    async (c) => {
      const { saga, action, cursor, limit } = c.req.valid('query');
      const found = await orchestrator.reports.audit({
        tenant: c.var.caller.tenant,
        limit: limit + 1,
        ...(saga === undefined ? {} : { sagaId: saga }),
        ...(action === undefined ? {} : { action }),
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      const entries = found.slice(0, limit);
      const next = found.length > limit ? (entries.at(-1)?.position ?? null) : null;
      return c.json({ entries: entries.map(toEntryBody), next }, 200);
    },
  );
}

function toEntryBody(entry: AuditEntry): z.infer<typeof AuditBody>['entries'][number] {
  const { id, action, status, state, seq, at } = entry;
  const { actor, reason, ...said } = JSON.parse(entry.data) as Readonly<Record<string, unknown>>;
  return {
    sagaId: id,
    action,
    actor: typeof actor === 'string' ? actor : null,
    reason: typeof reason === 'string' ? reason : null,
    status,
    state,
    seq,
    at: new Date(at).toISOString(),
    data: action === migratedType ? toVersions(entry) : said,
  };
}

/** An upgrade journals the saga's whole state before and after it; whoever looks through the audit wants to know the versions. */
function toVersions(entry: AuditEntry): Readonly<Record<string, unknown>> {
  const migrated = toMigratedData({ type: entry.action, data: entry.data });
  return { fromVersion: migrated?.from.version, toVersion: migrated?.to.version };
}
