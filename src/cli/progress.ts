const width = 30;

/** `[##########                    ] 40 of 120` */
export function toProgress(done: number, all: number): string {
  const filled = Math.round((width * done) / all);
  return `[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${done} of ${all}`;
}
