import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Series } from '../telemetry/exposition.ts';
import { observedRun } from './observed-run.ts';
import { type Asked, askedIn } from './promql.ts';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

const ops = new URL('../../ops/', import.meta.url);
const rules = readdirSync(new URL('prometheus/rules/', ops))
  .flatMap((file) => {
    const text = readFileSync(new URL(`prometheus/rules/${file}`, ops), 'utf8');
    return (parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups;
  })
  .flatMap((group) => group.rules);
const dashboard = JSON.parse(
  readFileSync(new URL('grafana/dashboards/sagachart.json', ops), 'utf8'),
) as Dashboard;
const docs = readFileSync(new URL('../docs/telemetry.md', ops), 'utf8');
/** What Prometheus itself adds. */
const added = ['job', 'instance'];

describe('Prometheus and Grafana', () => {
  let labelsOf: ReadonlyMap<string, ReadonlySet<string>>;

  beforeAll(async () => {
    labelsOf = toLabels(await observedRun());
  });

  it('ask only for metrics that there are, by labels that they have', () => {
    const queries = [...rules.map(({ expr }) => expr), ...dashboard.panels.flatMap(queriesOf)];
    expect(queries.length).toBeGreaterThan(50);
    const wrong = queries.flatMap((query) => askedIn(query).flatMap((asked) => complaintsOf(asked, query)));
    expect(wrong).toEqual([]);
  });

  it('would be caught asking for what there is not', () => {
    const complaints = (query: string) => askedIn(query).flatMap((asked) => complaintsOf(asked, query));
    expect(complaints('sum by (saga) (rate(saga_startet_total{saga="a"}[5m]))')).toHaveLength(1);
    expect(complaints('max by (step) (saga_parked)')).toHaveLength(1);
    expect(complaints('saga_active{state="running"}')).toHaveLength(1);
    expect(() => askedIn('sum(rate(saga_started_total[5m])')).toThrow('not closed');
  });

  it('show only labels that their queries leave', () => {
    const lost = dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr, legendFormat }) =>
        [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
          .filter(
            ([, label = '']) =>
              !askedIn(expr).some(({ name, labels }) => labels.includes(label) || labelsIn(name).has(label)),
          )
          .map(([, label]) => `${title}: ${label ?? ''}`),
      ),
    );
    expect(lost).toEqual([]);
  });

  it('have each metric in the documentation, with its labels, and no others there', () => {
    const rows = [...docs.matchAll(/^\| `(saga_\w+)` \| (\w+) \|([^|]*)\|/gm)];
    const documented = rows.map(([, name = '', , labels = '']) => [
      name,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).toSorted(),
    ]);
    const own = [...labelsOf].filter(([name]) => name.startsWith('saga_') && !/_(?:bucket|sum)$/.test(name));
    const expected = own.map(([name, labels]) => [name.replace(/_count$/, ''), [...labels].toSorted()]);
    expect(documented.toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it('have for each alert a section that says what to do, and no section for an alert that there is not', () => {
    const alerts = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
    const sections = [...docs.matchAll(/^### (Saga\w+)$/gm)].map(([, name = '']) => name);
    expect(sections.toSorted()).toEqual(alerts.toSorted());
    for (const { alert, labels, annotations, for: wait } of rules.filter(
      (rule) => rule.alert !== undefined,
    )) {
      expect(annotations?.['runbook']).toBe(`docs/telemetry.md#${alert?.toLowerCase() ?? ''}`);
      expect([alert, labels?.['severity']]).toEqual([alert, expect.stringMatching(/^(?:warning|critical)$/)]);
      expect([alert, wait]).toEqual([alert, expect.stringMatching(/^\d+[smh]$/)]);
      expect(annotations?.['summary']).toBeTruthy();
    }
  });

  it('give no name twice, and no two panels the same place', () => {
    const names = rules.map(({ record, alert }) => record ?? alert);
    expect(new Set(names).size).toBe(names.length);
    const cells = dashboard.panels.flatMap(({ title, gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => ({
        title,
        cell: `${x + (index % w)},${y + Math.floor(index / w)}`,
      })),
    );
    expect(new Set(cells.map(({ cell }) => cell)).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  function complaintsOf({ name, labels }: Asked, query: string): readonly string[] {
    const has = labelsIn(name);
    if (!isKnown(name)) return [`${name} is no metric: ${query}`];
    return labels.filter((label) => !has.has(label)).map((label) => `${name} has no ${label}: ${query}`);
  }

  function isKnown(name: string): boolean {
    return name === 'up' || labelsOf.has(name) || rules.some(({ record }) => record === name);
  }

  /** A recorded metric has what its rule groups by; `le` is gone with the quantile. */
  function labelsIn(name: string): ReadonlySet<string> {
    const rule = rules.find(({ record }) => record === name);
    const own =
      rule === undefined ? (labelsOf.get(name) ?? []) : askedIn(rule.expr).flatMap(({ labels }) => labels);
    return new Set([...own, ...(rule === undefined ? added : [])]);
  }

  /** Grafana's variables stand for what they are. */
  function queriesOf({ targets = [] }: Panel): readonly string[] {
    return targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$saga', '.*'));
  }
});

function toLabels(series: readonly Series[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, labels } of series) {
    const known = found.get(name) ?? new Set<string>();
    for (const label of Object.keys(labels)) known.add(label);
    found.set(name, known);
  }
  return found;
}

function byName(one: readonly unknown[], other: readonly unknown[]): number {
  return String(one[0]).localeCompare(String(other[0]));
}
