import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { Proofs } from '../../src/http/proofs.ts';
import { ProofBody } from '../../src/http/proof-schemas.ts';
import { proof } from '../../src/proof/index.ts';
import { createWorld, order } from './api-world.ts';

/** Undone by somebody who knows nothing of it. */
const astray = defineSaga('astray').step('book', { action: 'shop.reserve', compensation: 'office.cancel' });

/** Not proven before. */
const twoSteps = defineSaga('two-steps')
  .step('one', { action: 'shop.reserve', compensation: 'shop.release' })
  .step('two', { action: 'shop.charge', compensation: 'shop.refund' });

describe('/v1/definitions/:name/:version/proof', () => {
  it('tells which properties hold, how long it takes at most, and what is undone when', async () => {
    const { app } = await createWorld();
    const response = await app.request('/v1/definitions/order/1/proof?wait=60s');
    expect(response.status).toBe(200);
    const body = ProofBody.parse(await response.json());
    expect(body).toMatchObject({
      name: 'order',
      version: 1,
      hash: order.ref.hash,
      isSound: true,
      isComplete: true,
      counterexamples: [],
      unexplored: [],
      durations: { deadlineMs: 600_000 },
    });
    expect(body.properties.map(({ property, holds }) => [property, holds])).toEqual(
      proof(order).properties.map(({ property, holds }) => [property, holds]),
    );
    expect(body.states).toBeGreaterThan(50);
    expect(body.durations.steps[1]).toMatchObject({
      step: 'charge',
      action: { attempts: 1, timeoutMs: 10_000, backoffsMs: [], totalMs: 10_000 },
      seal: null,
    });
    expect(body.rollback.find(({ step, when }) => step === 'charge' && when === 'refused')).toEqual({
      step: 'charge',
      when: 'refused',
      undoes: ['reserve'],
      ends: 'compensated',
      text: 'If charge is refused: shop.release undoes reserve.',
    });
    expect(body.needs.map(({ participant, guarantee }) => [participant, guarantee])).toEqual([
      ['shop', 'barrier'],
    ]);
    expect((await app.request('/v1/definitions/order/7/proof')).status).toBe(404);
  });

  it('tells the shortest story of what goes wrong', async () => {
    const { app } = await createWorld(undefined, { sagas: [astray] });
    const response = await app.request('/v1/definitions/astray/latest/proof?wait=60s');
    const { isSound, properties, counterexamples } = ProofBody.parse(await response.json());
    expect(isSound).toBe(false);
    expect(properties.filter(({ holds }) => !holds).map(({ property }) => property)).toEqual(['nothingLeft']);
    expect(counterexamples[0]).toMatchObject({
      property: 'nothingLeft',
      what: 'the effect of book is left behind',
    });
    expect(counterexamples[0]?.story.at(-1)?.state).toBe('compensated');
    expect(counterexamples[0]?.story.map(({ text }) => text)).toContain(
      'office.cancel undoes book, and answers.',
    );
  });

  it('is made in turns with everything else, and asked for again by whoever does not want to wait', async () => {
    const { app } = await createWorld(undefined, { sagas: [twoSteps] });
    const early = await app.request('/v1/definitions/two-steps/1/proof?wait=1ms');
    expect([early.status, early.headers.get('retry-after'), await early.json()]).toEqual([
      202,
      '1',
      { status: 'proving' },
    ]);
    let isProven = false;
    const asked = Promise.resolve(app.request('/v1/definitions/two-steps/1/proof?wait=60s'));
    const proven = asked.then((response) => {
      isProven = true;
      return response;
    });
    for (let count = 0; count < 5; count += 1) {
      expect((await app.request('/healthz')).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(isProven).toBe(false);
    expect(ProofBody.parse(await (await proven).json()).isSound).toBe(true);
  });

  it('is made once for each definition', async () => {
    const proofs = new Proofs();
    const made = proofs.get(order);
    expect(proofs.get(order)).toBe(made);
    expect(new Proofs().get(order)).toBe(made);
    expect((await made).name).toBe('order');
  });
});
