/** A width and a height, in px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A place in a drawing, in px. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** A point in a drawing, in px. */
export type Point = readonly [x: number, y: number];

/** The line of an arrow, and where its label stands. */
export interface Route {
  readonly points: readonly Point[];
  readonly label: Rect | null;
}

/** The lower end of a place; px. */
export function bottomOf({ y, height }: Rect): number {
  return y + height;
}

/** The right end of a place; px. */
export function rightOf({ x, width }: Rect): number {
  return x + width;
}

/** A shape that may miss some of its numbers, moved, and rounded to a tenth of a pixel: what is beyond is noise in the text. */
export function toRect(shape: Partial<Rect>, x: number, y: number): Rect {
  const { x: left = 0, y: top = 0, width = 0, height = 0 } = shape;
  return { x: tenth(x + left), y: tenth(y + top), width: tenth(width), height: tenth(height) };
}

/** A number to a tenth. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
