import { describe, expect, it } from 'vitest';
import { isAllowed, type NeededRole, type Role, roles } from '../../src/http/roles.ts';
import { as, createGuardedWorld } from './auth-world.ts';
import { sampleOf, type Schema } from './schema-sample.ts';

interface Operation {
  readonly 'x-sagachart-role'?: NeededRole;
  readonly 'x-sagachart-reach'?: 'tenant' | 'node';
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly needed: NeededRole;
  readonly isOfNode: boolean;
  readonly isOfSaga: boolean;
  readonly body: string | undefined;
}

/** Stands in the input, the attributes and the keys of tenant a's saga: nobody else may ever see it. */
const mark = 'MARKOFTENANTA';

/** Made once: it is the same for all. */
let documentText: string | undefined;

async function createMatrix() {
  const world = await createGuardedWorld();
  await world.orchestrator.start(
    'order',
    { customerId: mark, amount: 5 },
    { tenant: 'a', id: mark, idempotencyKey: mark, attributes: { customer: mark } },
  );
  const document = JSON.parse(
    (documentText ??= await (await world.app.request('/openapi.json')).text()),
  ) as Document;
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => toRoute(document, path, method, operation)),
  );
  const ask = async ({ method, path, body }: Route, headers: Readonly<Record<string, string>>) => {
    const answer = await world.app.request(path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true)
      return { status: answer.status, text: await answer.text() };
    await answer.body?.cancel();
    return { status: answer.status, text: '' };
  };
  return { ...world, document, routes, ask };
}

function toRoute(document: Document, path: string, method: string, operation: Operation): Route {
  const isOfSaga = path.startsWith('/v1/sagas/{id}');
  const parameters: Readonly<Record<string, string>> = { name: 'order', version: '1' };
  const schema = operation.requestBody?.content['application/json']?.schema;
  return {
    method: method.toUpperCase(),
    path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? (isOfSaga ? mark : 'none')),
    // What does not say whom it is for is nobody's.
    needed: operation['x-sagachart-role'] ?? 'admin',
    isOfNode: operation['x-sagachart-reach'] === 'node',
    isOfSaga,
    body: schema === undefined ? undefined : JSON.stringify(sampleOf(schema, document.components.schemas)),
  };
}

describe('every route of the OpenAPI document', () => {
  it('says which role it needs', async () => {
    const { document } = await createMatrix();
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(operations)) {
        const role = operation['x-sagachart-role'];
        expect([method, path, ['public', ...roles].includes(role ?? '')]).toEqual([method, path, true]);
        expect([path, operation.security?.length]).toEqual([path, role === 'public' ? 0 : 1]);
      }
  });

  it('lets nobody change anything who only looks, and asks nobody for health', async () => {
    const { routes } = await createMatrix();
    const open = routes.filter(({ needed }) => needed === 'public').map(({ path }) => path);
    expect(open).toEqual(expect.arrayContaining(['/healthz', '/readyz']));
    expect(open.filter((path) => path.startsWith('/v1'))).toEqual([]);
    for (const { method, path, needed } of routes)
      if (method !== 'GET' && !path.endsWith('/preview'))
        expect([method, path, needed]).toEqual([method, path, expect.stringMatching(/^(?:operator|admin)$/)]);
  });

  it('is refused to those without a token, and with one that is no good', async () => {
    const { routes, ask } = await createMatrix();
    for (const route of routes)
      for (const headers of [{}, as('unknown'), { Authorization: 'Basic YTpi' }, as('')]) {
        const { status } = await ask(route, headers);
        const expected = route.needed === 'public' ? expect.toSatisfy(isNoRefusal) : 401;
        expect([route.method, route.path, status]).toEqual([route.method, route.path, expected]);
      }
  });

  it.each(roles)('lets a %s do what its role says, and nothing else', async (role: Role) => {
    const { routes, ask } = await createMatrix();
    for (const route of routes) {
      const { status } = await ask(route, as(`a-${role}`));
      const isIn = isAllowed(role, route.needed) && !route.isOfNode;
      const expected = isIn ? expect.toSatisfy(isNoRefusal) : 403;
      expect([route.method, route.path, status]).toEqual([route.method, route.path, expected]);
    }
  });

  it('tells another tenant that there is no such saga, and shows it nothing', async () => {
    const { routes, ask } = await createMatrix();
    for (const route of routes.filter(({ isOfNode }) => !isOfNode))
      for (const headers of [as('b-admin'), as('all-admin', { 'Saga-Tenant': 'b' })]) {
        const { status, text } = await ask(route, headers);
        const expected = route.isOfSaga ? 404 : expect.toSatisfy(isNoRefusal);
        expect([route.method, route.path, status]).toEqual([route.method, route.path, expected]);
        // What the answer repeats of its own URL it did not find.
        const told = text.replaceAll(/"(?:instance|detail)":"[^"]*"/g, '');
        expect([route.path, told.includes(mark)]).toEqual([route.path, false]);
      }
  });

  it('finds the saga for its own tenant', async () => {
    const { routes, ask } = await createMatrix();
    const reads = routes.filter(({ method, isOfSaga }) => method === 'GET' && isOfSaga);
    expect(reads.length).toBeGreaterThan(3);
    for (const route of reads) {
      const { status } = await ask(route, as('a-admin'));
      expect([route.path, status]).toEqual([route.path, 200]);
    }
  });

  it('shows what tells of all tenants only to those who may act for all', async () => {
    const { routes, ask } = await createMatrix();
    for (const route of routes.filter(({ isOfNode }) => isOfNode)) {
      expect([route.path, (await ask(route, as('a-admin'))).status]).toEqual([route.path, 403]);
      expect([route.path, isNoRefusal((await ask(route, as('all-admin'))).status)]).toEqual([
        route.path,
        true,
      ]);
    }
  });
});

/** Whatever the route itself says; but not that it broke. */
function isNoRefusal(status: number): boolean {
  return status < 500 && status !== 401 && status !== 403 && status !== 429;
}
