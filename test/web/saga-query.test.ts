import { describe, expect, it } from 'vitest';
import { isCheckable, matches, parseQuery, toWord, withFilter } from '../../web/src/saga-query.ts';

describe('a query', () => {
  it('is taken apart into filters, free words and what is none', () => {
    expect(
      parseQuery('name:order status:failed,running since:1h attr.customer:"a b" declined card color:red'),
    ).toEqual({
      filters: {
        name: 'order',
        status: 'failed,running',
        since: '1h',
        'attr.customer': 'a b',
        q: 'declined card',
      },
      unknown: ['color:red'],
    });
    expect(parseQuery('  ')).toEqual({ filters: {}, unknown: [] });
    expect(parseQuery('constructor:x __proto__:y attr.key:z').filters).toEqual({
      'attr.key': 'z',
      q: '__proto__:y',
    });
  });

  it('is changed in one filter, and the rest stays as it was typed', () => {
    expect(withFilter('name:order status:failed declined', 'status', 'running')).toBe(
      'name:order declined status:running',
    );
    expect(withFilter('status:failed', 'status', undefined)).toBe('');
    expect(withFilter('', 'attr.note', 'two words')).toBe('attr.note:"two words"');
    expect(parseQuery(toWord('error', 'a "b" c')).filters).toEqual({ error: 'a b c' });
  });

  it('is checked here as far as the stream tells enough', () => {
    const saga = {
      status: 'failed',
      step: 'pay',
      cause: null,
      definition: { name: 'order', version: 2 },
    } as const;
    expect(matches(parseQuery('name:order status:running,failed version:2 step:pay'), saga)).toBe(true);
    for (const other of ['name:trip', 'status:running', 'version:1', 'step:ship', 'cause:cancelled'])
      expect(matches(parseQuery(other), saga), other).toBe(false);
    expect([
      isCheckable(parseQuery('name:order')),
      isCheckable(parseQuery('since:1h')),
      isCheckable(parseQuery('word')),
    ]).toEqual([true, false, false]);
  });
});
