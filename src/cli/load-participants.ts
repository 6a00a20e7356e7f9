import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toFailure } from '../core/errors.ts';
import type { Serving, Transport } from '../core/transport.ts';
import { CliError } from './exit-code.ts';

/** Serves participants over a transport; what it gives is closed with the node. */
export type ServeParticipants = (
  transport: Transport,
) => Serving | readonly Serving[] | void | Promise<Serving | readonly Serving[] | void>;

/** The participants that a module serves: its export `participants`, a function of the transport. Throws `CliError`. */
export async function loadParticipants(cwd: string, module: string): Promise<ServeParticipants> {
  const path = resolve(cwd, module);
  const advice = [
    'Export a function: export const participants = (transport) => serveParticipant(transport, {…}).',
  ];
  if (!existsSync(path)) throw new CliError('usage', `there is no module ${path}`, { advice });
  const { participants } = (await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new CliError('usage', `${path} cannot be loaded: ${toFailure(error).message}`, { cause: error });
  })) as { readonly participants?: unknown };
  if (typeof participants !== 'function')
    throw new CliError('usage', `${path} exports no function 'participants'`, { advice });
  return participants as ServeParticipants;
}
