import type { Query } from './api.ts';
import { CliError } from './exit-code.ts';
import { didYouMean } from './suggest.ts';

/** What a list can be filtered by. */
export const filterNames = [
  'status',
  'name',
  'version',
  'cause',
  'step',
  'participant',
  'error',
  'overridden',
  'stuck',
  'q',
  'since',
  'until',
] as const;

/** `name:order status:failed since:1h` as parameters of the list. Throws `CliError` for what is no filter. */
export function parseQuery(text: string): Query {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const pairs = words.map((word) => parseWord(word));
  const twice = pairs.find(([name], index) => pairs.findIndex((other) => other[0] === name) !== index);
  if (twice !== undefined)
    throw new CliError('usage', `--query names '${twice[0]}' twice: several values go with commas`);
  return Object.fromEntries(pairs);
}

function parseWord(word: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([^:=]*)[:=](.+)$/s.exec(word) ?? [];
  const advice = [
    `Write name:order status:failed,compensating since:1h; there are ${filterNames.join(', ')} and attr.<name>.`,
  ];
  if (value === '') throw new CliError('usage', `--query: ${JSON.stringify(word)} is no filter`, { advice });
  if (!name.startsWith('attr.') && !filterNames.some((known) => known === name))
    throw new CliError('usage', `--query: there is no filter '${name}'${didYouMean(name, filterNames)}`, {
      advice,
    });
  return [name, value];
}
