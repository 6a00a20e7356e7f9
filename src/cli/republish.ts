import type { Api } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';

/** `sagachart republish`: has events published again from a position of the journal on. */
export async function republish(
  io: Io,
  api: Api,
  { from, isJson }: { readonly from: number; readonly isJson: boolean },
): Promise<ExitReason> {
  const answer = await api.post<{ readonly from: number }>('/v1/republish', { body: { from } });
  if (isJson) io.out(JSON.stringify(answer));
  else io.note(`events from position ${answer.from} of the journal on are published again`);
  return 'ok';
}
