import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createWorld } from '../http/api-world.ts';

interface Operation {
  readonly 'x-sagachart-role': string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
  };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

const text = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| (\w+) \| ([^|]*)\| [^|]*\|$/gm)].map(
  ([, route = '', role = '', takes = '']) => ({
    route,
    role,
    takes: [...takes.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }),
);

async function openDocument(): Promise<Document> {
  const { app } = await createWorld();
  return (await (await app.request('/openapi.json')).json()) as Document;
}

test('docs/http-api.md has every route with its role, and no others', async () => {
  const { paths } = await openDocument();
  const served = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]) =>
        `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')} ${operation['x-sagachart-role']}`,
    ),
  );
  expect(rows.map(({ route, role }) => `${route} ${role}`).toSorted()).toEqual(served.toSorted());
});

test('docs/http-api.md has every parameter and every member of a body', async () => {
  const { paths, components } = await openDocument();
  const missing = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters = [], requestBody }]) => {
      const route = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
      const reference = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1) ?? '';
      const members = Object.keys(components.schemas[reference]?.properties ?? {});
      const wanted = [...parameters.filter((one) => one.in !== 'path').map(({ name }) => name), ...members];
      // A batch takes the members of each action.
      const known = route === 'POST /v1/batches' ? ['action', 'ids', 'filter', 'reason', 'actor'] : wanted;
      const told = rows.find((row) => row.route === route)?.takes ?? [];
      return known.filter((name) => !told.includes(name)).map((name) => `${route}: ${name}`);
    }),
  );
  expect(missing).toEqual([]);
});
