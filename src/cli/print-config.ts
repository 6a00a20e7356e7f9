import type { Config } from './config.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { toSettingText } from './setting-text.ts';
import { settingList, settingName } from './settings.ts';
import { toTable } from './table.ts';

/** `sagachart config`: the effective settings and where each came from; secrets hidden. */
export function printConfig(io: Io, { settings, sources }: Config, isJson: boolean): ExitReason {
  const rows = settingList.map((setting) => {
    const section = settings[setting.section as keyof typeof settings] as Readonly<
      Record<string, string | number | undefined>
    >;
    const name = settingName(setting);
    return {
      name,
      value: toSettingText(section[setting.key], setting),
      source: sources.get(name) ?? 'default',
      env: setting.env,
      description: setting.description,
    };
  });
  for (const line of isJson ? rows.map((row) => JSON.stringify(row)) : toLines(rows)) io.out(line);
  return 'ok';
}

interface Row {
  readonly name: string;
  readonly value: string | number | null;
  readonly source: string;
  readonly env: string;
}

function toLines(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ name, value, source, env }) => [name, String(value ?? '-'), source, env]);
  return toTable(cells, ['setting', 'value', 'from', 'variable']);
}
