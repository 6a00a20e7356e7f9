import { describe, expect, it } from 'vitest';
import { parseCursor, toCursorText } from '../../src/http/cursor.ts';
import { ListQuery, toFilter } from '../../src/http/list-query.ts';
import { createWorld } from './api-world.ts';

describe('what a list is asked for', () => {
  it('is a place in the list only where it is one that a store can know', () => {
    const place = { createdAt: 1_700_000_000_123, id: 'o-1' };
    expect(parseCursor(toCursorText(place))).toEqual(place);
    const forged = (text: string) => parseCursor(Buffer.from(text).toString('base64url'));
    expect(forged('253402300799999.o-1')).toEqual({ createdAt: 253_402_300_799_999, id: 'o-1' });
    for (const text of ['253402300800000.o-1', '1.', '.o-1', "1.o' or 1=1", '1e5.o-1', '1.o\0', '-1.o-1'])
      expect([text, forged(text)]).toEqual([text, undefined]);
  });

  it.each([
    ['since=0000-01-01', 422],
    ['since=0001-01-01T00:00:00%2B14:00', 422],
    ['until=9999-12-31T23:59:59-12:00', 422],
    ['since=0001-01-02', 200],
    ['since=99999d', 200],
    ['stuck=999999d', 200],
    ['attr.__proto__=x', 200],
    ['attr.constructor=x', 200],
    ['__proto__=x', 200],
    ['q=%25%5F%27', 200],
  ])('%s is answered with %i', async (query, status) => {
    const { app } = await createWorld();
    expect((await app.request(`/v1/sagas?${query}`)).status).toBe(status);
  });

  it('reaches back to no time that a store does not know', () => {
    const { cursor: _cursor, limit: _limit, ...asked } = ListQuery.parse({ stuck: '999999d' });
    expect(toFilter(asked, 1_800_000_000_000)).toEqual({ stuckSince: 0 });
  });
});
