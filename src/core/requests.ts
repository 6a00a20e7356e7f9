/** A request that came with an idempotency key and was carried out. */
export interface KeyedRequest {
  readonly key: string;
  /** Fingerprint of what was asked for. */
  readonly hash: string;
}

/** An event that may have been asked for with a key. */
interface Keyed {
  readonly idempotencyKey?: string;
  readonly requestHash?: string;
}

/** How many keys a saga remembers: nobody repeats a request after so many others. */
const mostRequests = 16;

/** The requests that a saga remembers after an event; `undefined`: none at all. */
export function remembered(
  before: readonly KeyedRequest[] | undefined,
  event: object,
): readonly KeyedRequest[] | undefined {
  const { idempotencyKey: key, requestHash: hash = '' } = event as Keyed;
  return key === undefined ? before : [...(before ?? []), { key, hash }].slice(-mostRequests);
}

/** Whether an event was carried out already: by the same request, by another one under its key, or not at all. */
export function recallRequest(
  requests: readonly KeyedRequest[] | undefined,
  event: object,
): 'same' | 'other' | undefined {
  if (requests === undefined) return undefined;
  const { idempotencyKey, requestHash = '' } = event as Keyed;
  const found = requests.find(({ key }) => key === idempotencyKey);
  if (found === undefined) return undefined;
  return found.hash === requestHash ? 'same' : 'other';
}
