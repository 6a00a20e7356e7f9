import type { FaultPlan } from './faults.ts';

/** Faults of a long run. */
export const longPlan: FaultPlan = {
  killNode: 2_000,
  killParticipant: 15_000,
  pauseNode: 25_000,
  restartNats: 60_000,
  crashPostgres: 90_000,
  troubleNetwork: 8_000,
};

/** All kinds of faults within twenty seconds. */
export const shortPlan: FaultPlan = {
  killNode: 2_000,
  killParticipant: 5_000,
  pauseNode: 6_000,
  restartNats: 7_000,
  crashPostgres: 8_000,
  troubleNetwork: 2_500,
};
