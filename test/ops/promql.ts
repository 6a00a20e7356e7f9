/** A metric as a query asks for it. */
export interface Asked {
  readonly name: string;
  /** Labels that the query selects or groups by. */
  readonly labels: readonly string[];
}

const keywords: readonly string[] = ['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'inf', 'nan'];
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const metric = /([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?/g;

/**
 * The metrics that a PromQL expression asks for. Labels that it groups by count for all of them: ours join no metrics with
 * different ones. Throws for brackets that do not match: then it is no expression.
 */
export function askedIn(query: string): readonly Asked[] {
  checkBrackets(query);
  const groups = [...query.matchAll(grouping)].flatMap(([, names = '']) => wordsIn(names));
  const bare = query.replaceAll(grouping, ' ').replaceAll(/\[[^\]]*\]/g, ' ');
  return [...bare.matchAll(metric)].flatMap(([, name = '', after = '']) => {
    if (after === '(' || keywords.includes(name)) return [];
    const selected = [...after.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    return [{ name, labels: [...new Set([...selected, ...groups])] }];
  });
}

function wordsIn(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function checkBrackets(query: string): void {
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (const character of query.replaceAll(/"[^"]*"/g, '""')) {
    if ('([{'.includes(character)) open.push(character);
    else if (character in pairs && open.pop() !== pairs[character])
      throw new Error(`a bracket too many: ${query}`);
  }
  if (open.length > 0) throw new Error(`a bracket that is not closed: ${query}`);
}
