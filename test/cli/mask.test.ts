import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toLoggable } from '../../src/cli/log.ts';
import { maskText, maskUrl } from '../../src/cli/mask.ts';
import { plain } from '../../src/cli/io.ts';
import { StorageUnavailableError } from '../../src/core/errors.ts';

test.each([
  ['postgres://app@db/app', 'postgres://app@db/app'],
  ['postgres://app:pw@db:5432/app?sslmode=require', 'postgres://app:***@db:5432/app?sslmode=require'],
  ['postgres://app:pw@a:1,b:2/app', 'postgres://app:***@a:1,b:2/app'],
  [
    'postgres://app:pw@[::1]:5432/app?sslpassword=x&a=b',
    'postgres://app:***@[::1]:5432/app?sslpassword=***&a=b',
  ],
  ['nats://token@h:4222', 'nats://***@h:4222'],
  ['token@h:4222,u:pw@h2', '***@h:4222,u:***@h2'],
  ['http://u:pw@h/base', 'http://u:***@h/base'],
  ['nats://h:4222', 'nats://h:4222'],
  ['no url: at all @', '***'],
  ['nats://u:12,34@h', '***'],
])('%s is shown as %s', (url, shown) => {
  expect(maskUrl(url)).toBe(shown);
});

test('a password is never shown, whatever it is made of', () => {
  const url = fc.tuple(
    fc.constantFrom('postgres', 'nats', 'tls', 'http'),
    fc.string({ minLength: 1, maxLength: 12 }),
  );
  fc.assert(
    fc.property(url, ([scheme, salt]) => {
      const password = `SECRET${salt}SECRET`;
      expect(maskUrl(`${scheme}://user:${password}@host:1/db`)).not.toContain('SECRET');
      expect(maskUrl(`${scheme}://user:${encodeURIComponent(password)}@host:1/db`)).not.toContain('SECRET');
    }),
    { numRuns: 500 },
  );
});

test('credentials in the text of an error are hidden, and nothing but its name, code and messages is logged', () => {
  const cause = Object.assign(new Error('connect postgres://u:pw@h failed'), {
    code: 'X1',
    parameters: ['card 4711'],
    input: 'postgres://u:pw@h',
  });
  const logged = toLoggable(new StorageUnavailableError('down', { cause }));
  expect(logged).toMatchObject({
    type: 'StorageUnavailableError',
    message: 'down',
    cause: { code: 'X1', message: 'connect postgres://***@h failed' },
  });
  expect(JSON.stringify(logged)).not.toMatch(/pw|4711/);
  expect(maskText('see http://h/a and nats://t@h')).toBe('see http://h/a and nats://***@h');
});

test('what others wrote cannot steer the terminal', () => {
  expect(plain('a\u001B[31mred\u001B[0m\r\nb\u009B2Jc\u202Ed')).toBe('ared bc d');
});
