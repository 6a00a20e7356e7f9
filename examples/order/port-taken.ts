/** Whether an error, or one of its causes, says that somebody else listens on the port, or may. */
export function isPortTaken(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && (cause.code === 'EADDRINUSE' || cause.code === 'EACCES')) return true;
  }
  return false;
}
