import { tenth } from './geometry.ts';

/** What XML 1.0 has no place for, lone surrogates included. */
const impossible = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Controls that reorder the text after them, and line ends. */
const unsteady = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Any text as one line that can be shown: nothing in it reorders its surroundings or is no character of XML. */
export function toPlain(text: string): string {
  return text.replace(unsteady, ' ').replace(impossible, '\uFFFD').trim();
}

/** Any text as content of an element or of an attribute in quotes. */
export function escapeXml(text: string): string {
  return toPlain(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Attributes of an element; those without a value are left out. Numbers are rounded to a tenth. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element as text. `content` is XML already. */
export function element(
  name: string,
  attributes: Attributes,
  content: string | readonly string[] = '',
): string {
  const inner = typeof content === 'string' ? content : content.join('');
  const head = `${name}${Object.entries(attributes).map(toAttribute).join('')}`;
  return inner === '' ? `<${head}/>` : `<${head}>${inner}</${name}>`;
}

function toAttribute([name, value]: readonly [string, string | number | undefined]): string {
  if (value === undefined || value === '') return '';
  return ` ${name}="${typeof value === 'number' ? tenth(value) : escapeXml(value)}"`;
}
