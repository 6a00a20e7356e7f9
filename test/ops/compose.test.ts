import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/cli/config.ts';
import { toApiSecurity } from '../../src/cli/security.ts';
import { composeSchema } from './compose-schema.ts';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const root = new URL('../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const text = textOf('docker-compose.yml');
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);
const app = compose.services['app'] ?? expect.fail('there is no service app');

const specification = findSpecification();

it.skipIf(specification === undefined)(
  `is a file by the Compose specification’s own schema${specification === undefined ? ' (not installed: dclint)' : ''}`,
  () => {
    const { $schema: _draft, ...schema } = JSON.parse(readFileSync(specification ?? '', 'utf8')) as object & {
      readonly $schema?: string;
    };
    expect(schema).toMatchObject({ title: 'Compose Specification' });
    const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...compose, services: { app: { ...app, port: ['1:1'] } } })).toBe(false);
    expect(validate({ ...compose, services: { app: { ...app, restart: true } } })).toBe(false);
  },
);

it('is written as we want it: ports on loopback, texts that nothing is guessed from', () => {
  const validate = new Ajv({ allErrors: true, strict: true }).compile(composeSchema);
  expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...compose, services: { app: { ...app, port: ['1:1'] } } })).toBe(false);
  expect(validate({ ...compose, services: { app: { ...app, ports: ['7411:7411'] } } })).toBe(false);
});

it('mounts what is there, and volumes that it declares', () => {
  const mounts = services.flatMap(([name, { volumes = [] }]) =>
    volumes.map((mount) => [name, mount] as const),
  );
  const used = new Set<string>();
  for (const [name, mount] of mounts) {
    const [source = ''] = mount.split(':');
    if (source.startsWith('./'))
      expect([name, source, existsSync(new URL(source, root))]).toEqual([name, source, true]);
    else used.add(source);
  }
  expect([...used].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
});

it('waits for services that there are, for their health where they tell it, and never in a circle', () => {
  const waits = (name: string): readonly string[] => Object.keys(compose.services[name]?.depends_on ?? {});
  for (const [name, { depends_on: dependencies = {} }] of services)
    for (const [other, { condition }] of Object.entries(dependencies)) {
      expect(compose.services).toHaveProperty(other);
      if (condition === 'service_healthy')
        expect([name, other, compose.services[other]?.healthcheck !== undefined]).toEqual([
          name,
          other,
          true,
        ]);
    }
  const reach = (name: string, seen: readonly string[]): boolean =>
    seen.includes(name) || waits(name).some((other) => reach(other, [...seen, name]));
  expect(services.filter(([name]) => reach(name, []))).toEqual([]);
});

it('publishes no port twice', () => {
  const ports = services.flatMap(([, { ports: published = [] }]) =>
    published.map((port) => port.split(':')[1]),
  );
  expect(new Set(ports).size).toBe(ports.length);
});

it('gives the node settings that it knows and can work with, and lets in who has the token that it names', () => {
  const { settings } = readConfig({ env: app.environment ?? {}, cwd: '/nonexistent' });
  const { auth } = toApiSecurity(settings);
  const token = /Bearer (\S+?)'/.exec(text)?.[1] ?? '';
  const sha256 = createHash('sha256').update(token).digest('hex');
  expect(auth?.tokens).toMatchObject([{ role: 'admin', sha256 }]);
  expect(hostOf(settings.database.url)).toBe('postgres:5432');
  expect(hostOf(settings.nats.url)).toBe('nats:4222');
  expect(app.ports).toEqual([`127.0.0.1:${settings.http.port}:${settings.http.port}`]);
  expect(app.healthcheck?.test.join(' ')).toContain(`:${settings.health.port ?? 0}/readyz`);
  // What is killed before it let go of its sagas makes others wait for its lease.
  expect(Number.parseInt(app.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(settings.shutdown.timeout);
  const database = new URL(settings.database.url ?? '');
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = compose.services['postgres']?.environment ?? {};
  expect([database.username, database.password, database.pathname]).toEqual([
    POSTGRES_USER,
    POSTGRES_PASSWORD,
    `/${POSTGRES_DB ?? ''}`,
  ]);
});

it('scrapes the node where that tells its metrics, and shows what Prometheus knows', () => {
  const prometheus = parse(textOf('ops/prometheus/prometheus.yml')) as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly job_name: string;
      readonly metrics_path: string;
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  };
  const [job] = prometheus.scrape_configs;
  expect(job).toMatchObject({ job_name: 'sagachart', metrics_path: '/metrics' });
  expect(job?.static_configs).toEqual([
    { targets: [`app:${app.environment?.['SAGACHART_HEALTH_PORT'] ?? ''}`] },
  ]);
  expect(prometheus.rule_files).toEqual([`${targetOf('prometheus', './ops/prometheus/rules')}/*.yml`]);
  expect(targetOf('prometheus', './ops/prometheus/prometheus.yml')).toBe('/etc/prometheus/prometheus.yml');
  const [source] = (
    parse(textOf('ops/grafana/provisioning/datasources/prometheus.yml')) as {
      readonly datasources: readonly { readonly url: string }[];
    }
  ).datasources;
  expect(source?.url).toBe('http://prometheus:9090');
  const [provider] = (
    parse(textOf('ops/grafana/provisioning/dashboards/sagachart.yml')) as {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    }
  ).providers;
  expect(provider?.options.path).toBe(targetOf('grafana', './ops/grafana/dashboards'));
  const home = compose.services['grafana']?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'];
  expect(home).toBe(`${provider?.options.path ?? ''}/sagachart.json`);
});

it('builds an image from files that are there, and runs what it builds', () => {
  const dockerfile = textOf('Dockerfile');
  const ignored = textOf('.dockerignore').split('\n');
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' '),
  );
  for (const source of sources) expect([source, existsSync(new URL(source, root))]).toEqual([source, true]);
  const bundled = [...dockerfile.matchAll(/examples\/order\/([\w-]+)\.ts/g)].map(([, name = '']) => name);
  for (const name of bundled) {
    const path = `examples/order/${name}.ts`;
    expect([path, existsSync(new URL(path, root)), ignored.includes('examples')]).toEqual([
      path,
      true,
      false,
    ]);
  }
  const built = bundled.map((name) => `sagas/${name}.js`);
  const run = [
    JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? '[]') as string[],
    compose.services['participants']?.entrypoint,
  ];
  expect(run.map((words) => words?.at(-1) ?? '').toSorted()).toEqual(built.toSorted());
  const [node, main] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  const { bin } = JSON.parse(textOf('package.json')) as { readonly bin: Readonly<Record<string, string>> };
  expect([node, `./${main ?? ''}`]).toEqual(['node', bin['sagachart']]);
  for (const [name, { build }] of services.filter(([, { image }]) => image === 'sagachart'))
    expect([name, build, statSync(new URL('Dockerfile', root)).isFile()]).toEqual([name, '.', true]);
  // The rights of whoever builds images are none that a service should have.
  expect(dockerfile).toMatch(/^USER node$/m);
});

/** The schema that the specification publishes, as the linter for Compose files brings it along. */
function findSpecification(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('dclint/package.json');
    return join(dirname(manifest), 'schemas', 'compose.schema.json');
  } catch {
    return undefined;
  }
}

/** Where a service sees a file or folder of ours. */
function targetOf(service: string, source: string): string {
  const mount = compose.services[service]?.volumes?.find((one) => one.startsWith(`${source}:`));
  return mount?.split(':')[1] ?? expect.fail(`${service} does not mount ${source}`);
}

function hostOf(url: string | undefined): string {
  return new URL(url ?? '').host;
}
