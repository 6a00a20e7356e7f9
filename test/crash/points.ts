import {
  drivingDeeds,
  type MortalOptions,
  MortalPorts,
  type PointAround,
} from '../../src/testing/crash-points.ts';

/** Also what keeps a process alive: its lease. */
const deeds = { ...drivingDeeds, renewLease: 'lease' } as const;
type Deed = (typeof deeds)[keyof typeof deeds];

/** A moment at which a process may die so that it makes a difference. */
export type PointKind = PointAround<Deed>;

/** All moments: around everything that is made durable or leaves the process, and when an answer comes in. */
export const pointKinds = [
  'before commit',
  'after commit',
  'before send',
  'after send',
  'reply',
  'before claim',
  'after claim',
  'before release',
  'after release',
  'before lease',
  'after lease',
] as const satisfies readonly PointKind[];

/** The ports of one process that counts its points, those around its lease too, and dies at one of them. */
export type Mortal = MortalPorts<Deed>;

/** Makes them. */
export function createMortal(options: Omit<MortalOptions<Deed>, 'deeds'>): Mortal {
  return new MortalPorts({ ...options, deeds });
}
