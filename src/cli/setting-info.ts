import { z } from 'zod';

/** What there is to know about a setting besides its type. */
export interface SettingInfo {
  /** The environment variable that sets it. */
  readonly env: string;
  readonly description: string;
  /** How its value is shown: ms as `30s`, bytes as `256KiB`, a URL without its password, a secret not at all. */
  readonly shown?: 'duration' | 'bytes' | 'url' | 'secret';
}

const infos = z.registry<SettingInfo>();

/** A setting: what it may be, and what there is to know about it. */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  env: string,
  description: string,
  shown?: SettingInfo['shown'],
): Schema {
  infos.add(schema, { env, description, ...(shown === undefined ? {} : { shown }) });
  return schema;
}

/** What there is to know about a setting. */
export function settingInfo(schema: z.ZodType): SettingInfo | undefined {
  return infos.get(schema);
}
