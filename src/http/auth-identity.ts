import type { Role } from './roles.ts';
import type { Tenants } from './tenant.ts';

/** Who somebody is, as a token says. */
export interface Identity {
  /** Named in the journal as the actor of what they do. */
  readonly subject: string;
  readonly role: Role;
  readonly tenants: Tenants;
  /** When the token ends; ms since the epoch. Nothing is told in its name after that. */
  readonly until?: number;
}

/** Who a request is from and whose sagas it is about. */
export interface Caller {
  /** `undefined`: nobody was asked who they are. */
  readonly subject: string | undefined;
  readonly role: Role;
  /** The tenant that this request is about, and none but this. */
  readonly tenant: string;
  /** `node`: they may know of all tenants at once. */
  readonly reach: 'tenant' | 'node';
  /** When the token ends; ms since the epoch. */
  readonly until?: number;
}

/** For whom, and under whose name, an operator acts: a caller who said who they are cannot act as somebody else. */
export function actsAs({ subject, tenant }: Caller): { readonly tenant: string; readonly actor?: string } {
  return subject === undefined ? { tenant } : { tenant, actor: subject };
}
