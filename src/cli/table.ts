import { plain } from './io.ts';

/** Rows as lines of text in columns; the last column is not filled up. Foreign texts are made safe to show. */
export function toTable(rows: readonly (readonly string[])[], head: readonly string[]): readonly string[] {
  const safe = [head.map((name) => name.toUpperCase()), ...rows.map((row) => row.map(plain))];
  const widths = head.map((_, column) => Math.max(...safe.map((row) => row[column]?.length ?? 0)));
  return safe.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
