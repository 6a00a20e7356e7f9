import { Hono } from 'hono';
import type { z } from 'zod';
import { isClosed } from '../core/snapshot.ts';
import type { SagaStatus, SagaTally } from '../core/store.ts';
import type { ConformanceStanding } from '../proof/conformance-walker.ts';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { type RatesBody, StatsBody } from './report-schemas.ts';
import { statuses } from './saga-schemas.ts';

/** `GET /v1/stats` */
export function statsRoutes({ orchestrator, conformance }: Api) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary:
        'How many sagas there are by status and definition, how they ended, and what this process does',
      tag: 'system',
      role: 'viewer',
      answers: { 200: StatsBody },
      problems: [503],
    }),
    async (c) => {
      const { tenant } = c.var.caller;
      const tallies = await orchestrator.reports.tallies(tenant);
      const names = new Map(tallies.map(({ name, version }) => [`${name}@${version}`, { name, version }]));
      const definitions = [...names.values()].map((definition) => {
        const own = tallies.filter(
          (tally) => tally.name === definition.name && tally.version === definition.version,
        );
        return { ...definition, counts: toCounts(own), rates: toRates(own) };
      });
      const whole = { counts: toCounts(tallies), rates: toRates(tallies) };
      const standing =
        conformance === undefined ? {} : { conformance: toConformanceBody(conformance.standing, tenant) };
      const body = { ...whole, definitions, ...standing };
      return c.json(c.var.caller.reach === 'node' ? { ...body, metrics: orchestrator.metrics() } : body, 200);
    },
  );
}

/** Of the caller's sagas only. */
function toConformanceBody(
  { isLooking, lookedAt, deviations }: ConformanceStanding,
  tenant: string,
): NonNullable<z.infer<typeof StatsBody>['conformance']> {
  return {
    isLooking,
    lookedAt: lookedAt === null ? null : new Date(lookedAt).toISOString(),
    nonconformant: deviations
      .filter((one) => one.tenant === tenant)
      .map(({ id, definition: { name, version }, kind, seq, what }) => ({
        sagaId: id,
        name,
        version,
        kind,
        seq,
        what,
      })),
  };
}

function toCounts(tallies: readonly SagaTally[]): Record<SagaStatus, number> {
  return Object.fromEntries(
    statuses.map((status) => [status, sum(tallies, (tally) => tally.status === status)]),
  ) as Record<SagaStatus, number>;
}

function toRates(tallies: readonly SagaTally[]): z.infer<typeof RatesBody> {
  const closed = sum(tallies, ({ status }) => isClosed(status));
  const settled = sum(tallies, ({ status }) => isClosed(status) || status === 'failed');
  const byPerson = sum(
    tallies,
    ({ status, isOverridden }) =>
      status === 'failed' || status === 'abandoned' || (isOverridden && isClosed(status)),
  );
  return {
    success: toShare(
      sum(tallies, ({ status }) => status === 'completed'),
      closed,
    ),
    compensation: toShare(
      sum(tallies, ({ status }) => status === 'compensated'),
      closed,
    ),
    intervention: toShare(byPerson, settled),
  };
}

function sum(tallies: readonly SagaTally[], isMeant: (tally: SagaTally) => boolean): number {
  return tallies.filter(isMeant).reduce((total, { count }) => total + count, 0);
}

function toShare(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
