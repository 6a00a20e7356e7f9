import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import { toSettingText } from '../../src/cli/setting-text.ts';
import { settingList, settingName } from '../../src/cli/settings.ts';
import { run } from './in-process.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('docs/configuration.md has every setting with its variable and default, and no others', () => {
  const rows = [...read('configuration.md').matchAll(/^\| `([a-z]+\.[a-zA-Z]+)` \| `(\w+)` \| (\S*) ?\|/gm)];
  const { settings } = readConfig({ env: {}, cwd: '/nonexistent' });
  const expected = settingList.map((setting) => {
    const section = settings[setting.section as keyof typeof settings] as Readonly<
      Record<string, string | number | undefined>
    >;
    return [settingName(setting), setting.env, String(toSettingText(section[setting.key], setting) ?? '')];
  });
  expect(rows.map(([, name, env, value]) => [name, env, value])).toEqual(expected);
});

test('docs/cli.md has every command, and no others', async () => {
  const { out } = await run(['--help']);
  const commands = [...(out.join('\n').split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+)(?: |$)/gm)].map(
    ([, name = '']) => name,
  );
  const documented = [...read('cli.md').matchAll(/^\| `([a-z-]+)(?: [^`]*)?` \|/gm)].map(
    ([, name = '']) => name,
  );
  expect(documented.toSorted()).toEqual(commands.filter((name) => name !== 'help').toSorted());
});
