/** What a caller may do, from least to most; each includes those before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;

/**
 * `viewer` looks, with redaction; `operator` also starts sagas and acts on them; `admin` also deletes, publishes again,
 * acts on all that match a filter, and sees what is redacted for others.
 */
export type Role = (typeof roles)[number];

/** The role that an operation needs; `public`: nobody is asked who they are. */
export type NeededRole = Role | 'public';

/** Whether somebody with this role may do what needs that one. */
export function isAllowed(role: Role, needed: NeededRole): boolean {
  return needed === 'public' || roles.indexOf(role) >= roles.indexOf(needed);
}

/** The highest role among words, if one is; others are somebody else's. */
export function highestRole(words: readonly unknown[]): Role | undefined {
  return roles.findLast((role) => words.includes(role));
}
