/** An element of an XML text; texts between elements are joined. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const token = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const reference = /&(?:amp|lt|gt|quot|#39);/g;
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** Reads XML of the plainest kind, strictly: throws at whatever is not well-formed, or more than elements and text. */
export function parseXml(source: string): XmlElement {
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(source))
    throw new Error('no character of XML');
  interface Open {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly children: XmlElement[];
    text: string;
  }
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack: Open[] = [root];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    const top = stack.at(-1);
    if (match === null || top === undefined)
      throw new Error(`not well-formed at ${at}: ${source.slice(at, at + 40)}`);
    const [, closes, name = '', attributes = '', isEmpty, text] = match;
    if (text !== undefined) top.text += decode(text);
    else if (closes === '/') {
      if (top.name !== name) throw new Error(`</${name}> ends <${top.name}>`);
      stack.pop();
      stack.at(-1)?.children.push(top);
    } else {
      const opened = { name, attributes: toAttributes(attributes), children: [], text: '' };
      if (isEmpty === '/') top.children.push(opened);
      else stack.push(opened);
    }
  }
  const [first, ...others] = root.children;
  if (stack.length !== 1 || first === undefined || others.length > 0 || root.text.trim() !== '')
    throw new Error('not one element');
  return first;
}

/** All elements of a tree that have this class. */
export function withClass(element: XmlElement, name: string): readonly XmlElement[] {
  const own = (element.attributes['class'] ?? '').split(' ').includes(name) ? [element] : [];
  return [...own, ...element.children.flatMap((child) => withClass(child, name))];
}

function toAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, decode(value)] as const,
  );
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length)
    throw new Error(`an attribute twice: ${text}`);
  return Object.fromEntries(pairs);
}

function decode(text: string): string {
  if (text.replaceAll(reference, '').includes('&')) throw new Error(`an ampersand by itself: ${text}`);
  return text.replaceAll(reference, (entity) => entities[entity] ?? '');
}
