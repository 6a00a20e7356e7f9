import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { DefinitionError, UnreadablePayloadError } from '../core/errors.ts';
import type { PayloadCodec, PayloadPlace } from '../core/payload-codec.ts';

const cipherName = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** Version 1: nonce, ciphertext and tag, after the id of the key. JSON never begins like that. */
const form = /^enc:1:([0-9a-f]{16}):([A-Za-z0-9_-]+)$/;

/**
 * Encrypts with AES-256-GCM. `keys` are 32 bytes each, the newest first: it encrypts, the others only decrypt what is left
 * of their time. A text is bound to its place: moved to another saga, tenant or line of the journal it cannot be read. What
 * was stored before there were keys is read as it is. Throws `DefinitionError` for keys that are none.
 */
export function createAesPayloadCodec({ keys }: { readonly keys: readonly Uint8Array[] }): PayloadCodec {
  const [newest] = keys;
  if (newest === undefined || keys.some(({ length }) => length !== keyBytes))
    throw new DefinitionError(`Payload keys have ${keyBytes} bytes each, and there is at least one.`);
  const newestId = payloadKeyId(newest);
  const byId = new Map(keys.map((key) => [payloadKeyId(key), key]));
  return {
    encode: (text, place) => `enc:1:${newestId}:${seal(newest, text, place)}`,
    decode: (stored, place) => {
      if (!stored.startsWith('enc:')) return stored;
      const [, keyId = '', sealed = ''] = form.exec(stored) ?? [];
      const key = byId.get(keyId);
      if (key === undefined) throw unknownKey(keyId, place);
      return open(key, Buffer.from(sealed, 'base64url'), place);
    },
  };
}

/** A key's name, which stands before each text: made from the key, so that another key cannot have it. */
export function payloadKeyId(key: Uint8Array): string {
  return createHash('sha256').update('sagachart payload key').update(key).digest('hex').slice(0, 16);
}

function seal(key: Uint8Array, text: string, place: PayloadPlace): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, keyFor(key, place), nonce).setAAD(bindingOf(place));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function open(key: Uint8Array, sealed: Buffer, place: PayloadPlace): string {
  try {
    const decipher = createDecipheriv(cipherName, keyFor(key, place), sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(bindingOf(place))
      .setAuthTag(sealed.subarray(-tagBytes));
    const text = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (error) {
    const message = `${nameOf(place)} is not what was stored there: it was changed, or comes from another place.`;
    throw new UnreadablePayloadError(message, 'damaged', { cause: error });
  }
}

/** A key of each saga's own: nonces are random, and so may be repeated by as many sagas as there are. */
function keyFor(key: Uint8Array, { tenant, id }: PayloadPlace): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['sagachart saga key', tenant, id]))
    .digest();
}

function bindingOf({ tenant, id, field }: PayloadPlace): Buffer {
  return Buffer.from(JSON.stringify([tenant, id, field]));
}

function unknownKey(keyId: string, place: PayloadPlace): UnreadablePayloadError {
  const message =
    keyId === ''
      ? `${nameOf(place)} is encrypted in a form that this version does not know.`
      : `${nameOf(place)} is encrypted with key ${keyId}, which this process does not have: add it to its keys.`;
  return new UnreadablePayloadError(message, 'unknownKey');
}

function nameOf({ id, field }: PayloadPlace): string {
  return `The ${field} of '${id}'`;
}
