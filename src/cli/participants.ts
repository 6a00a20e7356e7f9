import type { ServedParticipant } from '../core/served-participant.ts';
import type { Api } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { toTable } from './table.ts';

interface ParticipantsJson {
  readonly participants: readonly ServedParticipant[];
  readonly unseen: readonly string[];
}

/** `sagachart participants`: who answers commands now; exit 1 where an operation is asked for that nobody is seen to offer. */
export async function participants(
  io: Io,
  api: Api,
  { isJson }: { readonly isJson: boolean },
): Promise<ExitReason> {
  const found = await api.get<ParticipantsJson>('/v1/participants');
  if (isJson) for (const participant of found.participants) io.out(JSON.stringify(participant));
  else if (found.participants.length > 0) print(io, found.participants);
  for (const name of found.unseen) io.note(`nobody is seen to offer ${plain(name)}`);
  return found.unseen.length === 0 ? 'ok' : 'failed';
}

function print(io: Io, list: readonly ServedParticipant[]): void {
  const head = ['participant', 'version', 'instances', 'requests', 'errors', 'average', 'operations'];
  const rows = list.map(({ name, version, instances, requests, errors, averageMs, operations }) => [
    name,
    version,
    String(instances),
    String(requests),
    String(errors),
    `${averageMs} ms`,
    operations.map((one) => one.name).join(' '),
  ]);
  for (const line of toTable(rows, head)) io.out(line);
}
