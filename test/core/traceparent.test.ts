import { expect, it } from 'vitest';
import { parseTraceparent, toTraceparent } from '../../src/core/traceparent.ts';

const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

it('reads a place in a trace, and writes it as it was', () => {
  const text = `00-${trace}-${span}-01`;
  const place = parseTraceparent(text);
  expect(place).toEqual({ traceId: trace, spanId: span, flags: 1 });
  expect(place && toTraceparent(place)).toBe(text);
});

it('reads what later versions may add, and hands on what it knows', () => {
  const place = parseTraceparent(`cc-${trace}-${span}-0a-what-the-future-will-be-like`);
  expect(place && toTraceparent(place)).toBe(`00-${trace}-${span}-0a`);
});

it.each([
  ['nothing', undefined],
  ['an empty one', ''],
  ['one without flags', `00-${trace}-${span}`],
  ['one with more than its version has', `00-${trace}-${span}-01-more`],
  ['the forbidden version', `ff-${trace}-${span}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
  ['a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${trace.toUpperCase()}-${span}-01`],
  ['what would end a header’s line', `00-${trace}-${span}-01\r\nSaga-Op: undo`],
])('ignores %s', (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
