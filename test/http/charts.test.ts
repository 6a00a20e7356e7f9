import { describe, expect, it } from 'vitest';
import { parseXml, withClass } from '../chart/xml-tree.ts';
import { createWorld, goodOrder } from './api-world.ts';

async function failedOrder() {
  const world = await createWorld(({ operation }) =>
    operation === 'charge'
      ? { type: 'refused', error: { code: 'card_declined', message: 'no' } }
      : { type: 'succeeded', result: { ok: true } },
  );
  await world.post('/v1/sagas?wait=5s', { ...goodOrder, id: 'a' });
  return world;
}

describe('a saga’s chart', () => {
  it('shows the saga as it is, and as it was after a line of its journal', async () => {
    const { app } = await failedOrder();
    const look = async (query: string, state: string) => {
      const response = await app.request(`/v1/sagas/a/chart.svg${query}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'image/svg+xml; charset=utf-8',
      ]);
      const drawn = withClass(parseXml(await response.text()), 'state');
      return drawn.find(({ attributes }) => attributes['data-state'] === state)?.attributes['class'];
    };
    expect(await look('', 'compensated')).toContain('undone');
    expect(await look('?seq=1', 'running.reserve')).toContain('active');
    expect(await look('?seq=1', 'compensated')).toContain('idle');
    expect(await look('?seq=2&view=full&part=chart', 'running.charge.executing')).toContain('active');
  });

  it('is told as JSON, with what the saga did in each state and on each transition', async () => {
    const { app } = await failedOrder();
    const body = (await (await app.request('/v1/sagas/a/chart.json')).json()) as {
      readonly graph: { readonly edges: readonly { readonly event: string }[] };
      readonly marks: {
        readonly status: string;
        readonly states: Readonly<Record<string, { readonly visits: number; readonly isFailed: boolean }>>;
        readonly edges: Readonly<Record<string, { readonly taken: number }>>;
      };
    };
    expect(body.marks.status).toBe('compensated');
    expect(body.marks.states['running.charge']).toMatchObject({ visits: 1, isFailed: true });
    const taken = Object.entries(body.marks.edges)
      .filter(([, edge]) => edge.taken > 0)
      .map(([index]) => body.graph.edges[Number(index)]?.event);
    expect(taken).toEqual(
      expect.arrayContaining(['reserve.succeeded', 'charge.refused', 'undoReserve.succeeded']),
    );
  });

  it('is refused for a saga, a line or a view that does not exist', async () => {
    const { app } = await failedOrder();
    const statuses = [
      'b/chart.svg',
      'a/chart.svg?seq=99',
      'a/chart.svg?view=round',
      'a/chart.svg?part=head',
      'a/chart.json?seq=0',
    ].map(async (path) => (await app.request(`/v1/sagas/${path}`)).status);
    expect(await Promise.all(statuses)).toEqual([404, 404, 422, 422, 422]);
  });
});

describe('a definition’s chart', () => {
  it('is drawn without any saga', async () => {
    const { app } = await createWorld();
    const response = await app.request('/v1/definitions/parcel/2/chart.svg?theme=dark');
    const svg = parseXml(await response.text());
    expect([svg.attributes['data-theme'], svg.attributes['class']]).toEqual(['dark', 'sagachart is-plain']);
    expect(withClass(svg, 'state').map(({ attributes }) => attributes['data-state'])).toContain(
      'running.prepare.pack',
    );
    expect((await app.request('/v1/definitions/parcel/9/chart.svg')).status).toBe(404);
    const { nodes } = (await (await app.request('/v1/definitions/parcel/2/chart.json')).json()) as {
      readonly nodes: readonly { readonly id: string; readonly parent: string | null }[];
    };
    expect(nodes.filter(({ parent }) => parent === 'running').map(({ id }) => id)).toEqual([
      'running.prepare',
      'running.send',
      'running.notify',
    ]);
  });
});
