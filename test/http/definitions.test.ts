import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { stateTreeOf } from '../chart/state-tree.ts';
import { DefinitionBody, DefinitionListBody, NamedDefinitionBody } from '../../src/http/system-schemas.ts';
import { createWorld, order } from './api-world.ts';

describe('/v1/definitions', () => {
  it('lists every version', async () => {
    const { app } = await createWorld();
    const { items } = DefinitionListBody.parse(await (await app.request('/v1/definitions')).json());
    expect(items.map(({ name, version }) => [name, version])).toEqual([
      ['order', 1],
      ['parcel', 2],
      ['parcel', 1],
    ]);
  });

  it('shows the newest version, and which there are', async () => {
    const { app } = await createWorld();
    const parcel = NamedDefinitionBody.parse(await (await app.request('/v1/definitions/parcel')).json());
    expect(parcel).toMatchObject({ version: 2, versions: [1, 2], timeoutMs: null });
    expect(
      parcel.steps.map(({ name, group, kind, isConditional }) => [name, group, kind, isConditional]),
    ).toEqual([
      ['pack', 'prepare', 'compensatable', false],
      ['label', 'prepare', 'compensatable', true],
      ['send', null, 'pivot', false],
      ['notify', null, 'retriable', false],
    ]);
  });

  it('shows one version, by number or as latest', async () => {
    const { app } = await createWorld();
    const versionOf = async (path: string) =>
      DefinitionBody.parse(await (await app.request(path)).json()).version;
    expect(await versionOf('/v1/definitions/parcel/1')).toBe(1);
    expect(await versionOf('/v1/definitions/parcel/latest')).toBe(2);
    const described = DefinitionBody.parse(await (await app.request('/v1/definitions/order/1')).json());
    expect(described).toMatchObject({
      hash: order.ref.hash,
      timeoutMs: 600_000,
      description: 'Takes an order',
      metadata: { team: 'shop' },
    });
    expect(described.steps[1]).toMatchObject({
      action: 'shop.charge',
      compensation: 'shop.refund',
      maximumAttempts: 1,
      timeoutMs: 10_000,
    });
  });

  it('gives the machine as JSON that XState builds the same chart from', async () => {
    const { app } = await createWorld();
    const config = (await (await app.request('/v1/definitions/parcel/2/machine.json')).json()) as object;
    const rebuilt = createMachine(config as never);
    expect(stateTreeOf(rebuilt.root).length).toBeGreaterThan(30);
    const given = (await (await app.request('/v1/definitions/order/1/machine.json')).json()) as object;
    expect(stateTreeOf(createMachine(given as never).root)).toEqual(stateTreeOf(order.machine.root));
  });

  it('gives the chart as Mermaid text', async () => {
    const { app } = await createWorld();
    const answer = await app.request('/v1/definitions/parcel/2/chart.mmd');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^---\ntitle: "parcel"\n---\nstateDiagram-v2\n/);
  });

  it.each([
    'nothing',
    'nothing/1',
    'order/9',
    'order/x',
    'order/0',
    'order/1/machine',
    'order/9/machine.json',
    'order/-1/chart.mmd',
    '%00',
    '__proto__',
    `${'x'.repeat(99)}/latest`,
  ])('answers 404 for %s', async (path) => {
    const { app } = await createWorld();
    const answer = await app.request(`/v1/definitions/${path}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });
});
