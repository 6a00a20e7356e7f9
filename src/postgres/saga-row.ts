import type { SagaFault, SagaRecord } from '../core/store.ts';
import type { sagas } from './schema.ts';

type Row = typeof sagas.$inferSelect;

/** A saga's row as the port has it. */
export function toRecord({
  name,
  definitionVersion,
  hash,
  errorStep,
  errorOp,
  errorCode,
  errorMessage,
  errorAt,
  restingStep: _restingStep,
  restingParticipant: _restingParticipant,
  ...row
}: Row): SagaRecord {
  const error = toFault({ errorStep, errorOp, errorCode, errorMessage, errorAt });
  return { ...row, definition: { name, version: definitionVersion, hash }, error };
}

function toFault({
  errorStep: step,
  errorOp: op,
  errorCode: code,
  errorMessage: message,
  errorAt: at,
}: Pick<Row, `error${string}` & keyof Row>): SagaFault | null {
  if (step === null || op === null || code === null || at === null) return null;
  return { step, op, code, message: message ?? '', at };
}
