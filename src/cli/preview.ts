import { type Api, sagaPath } from './api.ts';
import type { ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';

interface StateJson {
  readonly status: string;
  readonly state: string;
}

interface PreviewJson {
  readonly legal: boolean;
  readonly from: StateJson;
  readonly to: StateJson | null;
  readonly commands: readonly {
    readonly op: string;
    readonly participant: string;
    readonly operation: string;
  }[];
  readonly undo: readonly string[];
  readonly next: readonly string[];
  readonly overridden: boolean;
  readonly legalActions: readonly string[];
}

/** What would be done, to which sagas. */
export interface PreviewOptions {
  readonly action: string;
  readonly ids: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly isJson: boolean;
}

/** `--dry-run` of an action: says what it would do, and does not; not allowed where one of the sagas would refuse. */
export async function previewAction(
  io: Io,
  api: Api,
  { action, ids, body, isJson }: PreviewOptions,
): Promise<ExitReason> {
  const { actor: _actor, reason: _reason, ...fields } = body;
  let reason: ExitReason = 'ok';
  for (const id of ids) {
    const preview = await api.post<PreviewJson>(`${sagaPath(id)}/preview`, { body: { action, ...fields } });
    if (!preview.legal) reason = 'notAllowed';
    if (isJson) io.out(JSON.stringify({ id, ...preview }));
    else for (const line of toLines(id, preview)) io.out(plain(line));
  }
  return reason;
}

function toLines(id: string, { legal, from, to, ...then }: PreviewJson): readonly string[] {
  if (!legal || to === null)
    return [`${id} ${from.state}: not possible now; possible: ${then.legalActions.join(', ') || 'nothing'}`];
  const sent = then.commands.map(({ op, participant, operation }) => `${op} ${participant}.${operation}`);
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['sends', sent],
    ['undoes', then.undo],
    ['then runs', then.next],
  ];
  return [
    `${id} ${from.state} -> ${to.state}${then.overridden ? ', overridden for ever' : ''}`,
    ...parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`  ${what} ${names.join(', ')}`])),
  ];
}
