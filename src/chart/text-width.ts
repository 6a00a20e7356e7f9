/** Widths of the characters from blank to tilde in hundredths of an em: those of DejaVu Sans, the widest of common fonts. */
const regular = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34,
  34, 84, 84, 84, 53, 102, 68, 69, 72, 77, 67, 61, 78, 75, 29, 50, 67, 56, 86, 75, 79, 67, 79, 72, 67, 61, 73,
  68, 99, 69, 67, 69, 39, 34, 39, 84, 56, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63,
  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];

const bold = [
  35, 46, 52, 84, 70, 100, 87, 31, 46, 46, 52, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40,
  40, 84, 84, 84, 61, 100, 77, 76, 73, 83, 68, 68, 82, 84, 37, 56, 77, 64, 100, 84, 85, 73, 85, 77, 72, 68,
  81, 77, 110, 77, 72, 73, 46, 37, 46, 84, 56, 50, 67, 72, 59, 72, 68, 44, 72, 71, 34, 34, 67, 34, 104, 71,
  69, 72, 72, 49, 60, 48, 71, 65, 92, 65, 65, 58, 71, 37, 71, 84,
];

/** How a text is set: size in px. */
export interface Font {
  readonly size: number;
  readonly isBold?: boolean;
}

/** How wide a text is at most, in px, without asking a browser. */
export function widthOf(text: string, font: Font): number {
  return Math.ceil(preciseWidth(text, font));
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** As much of a text as fits into a width, in px; what was cut off is an ellipsis. */
export function fit(text: string, width: number, font: Font): string {
  // Half a pixel for what was rounded on the way. No box is as wide as a thousand characters.
  if (text.length < 1_000 && widthOf(text, font) <= width + 0.5) return text;
  let room = width - widthOf('…', font);
  let kept = '';
  for (const { segment } of graphemes.segment(text.slice(0, 1_000))) {
    room -= preciseWidth(segment, font);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

function preciseWidth(text: string, { size, isBold = false }: Font): number {
  let hundredths = 0;
  for (const character of text) hundredths += characterWidth(character, isBold);
  return (hundredths * size) / 100;
}

function characterWidth(character: string, isBold: boolean): number {
  const code = character.codePointAt(0) ?? 0;
  const known = (isBold ? bold : regular)[code - 32];
  if (known !== undefined) return known;
  // Marks sit on the character before them; what no table knows may be as wide as an emoji.
  if (/\p{M}/u.test(character)) return 0;
  if (code === 0xb7) return 38;
  if (code < 0x2000) return isBold ? 115 : 100;
  return code > 0xffff ? 150 : 110;
}
