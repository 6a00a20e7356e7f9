import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DefinitionError, UnreadablePayloadError } from '../../src/core/errors.ts';
import { createAesPayloadCodec, payloadKeyId } from '../../src/runtime/aes-payload-codec.ts';

const key = randomBytes(32);
const codec = createAesPayloadCodec({ keys: [key] });
const place = { tenant: 'a', id: 's1', field: 'snapshot' };

it('any text comes back as it was, and is stored as another each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const stored = codec.encode(text, place);
      expect(codec.decode(stored, place)).toBe(text);
      expect(codec.encode(text, place)).not.toBe(stored);
      expect(stored).toMatch(/^enc:1:[0-9a-f]{16}:[\w-]+$/);
    }),
  );
});

it('a text is read at its own place only', () => {
  const stored = codec.encode('{"a":1}', place);
  for (const other of [{ tenant: 'b' }, { id: 's2' }, { field: 'data:1' }, { tenant: 'a","s1', id: '' }])
    expect(() => codec.decode(stored, { ...place, ...other })).toThrow(UnreadablePayloadError);
});

it('a text of which any character was changed, or that was cut, is not read', () => {
  const stored = codec.encode('{"amount":5}', place);
  for (let at = stored.lastIndexOf(':') + 1; at < stored.length - 1; at += 1) {
    const changed = `${stored.slice(0, at)}${stored[at] === 'A' ? 'B' : 'A'}${stored.slice(at + 1)}`;
    expect(() => codec.decode(changed, place)).toThrow(UnreadablePayloadError);
    expect(() => codec.decode(stored.slice(0, at), place)).toThrow(UnreadablePayloadError);
  }
});

it('a key is named after itself: another one cannot pass for it', () => {
  const stored = createAesPayloadCodec({ keys: [randomBytes(32)] }).encode('x', place);
  expect(() => codec.decode(stored, place)).toThrow(expect.objectContaining({ why: 'unknownKey' }));
  expect(codec.encode('x', place)).toContain(`:${payloadKeyId(key)}:`);
});

it('what is no key is refused, without being quoted', () => {
  expect(() => createAesPayloadCodec({ keys: [] })).toThrow(DefinitionError);
  expect(() => createAesPayloadCodec({ keys: [key, Buffer.from('SECRET')] })).toThrow(DefinitionError);
  expect(() => createAesPayloadCodec({ keys: [Buffer.from('SECRET')] })).not.toThrow('SECRET');
});
