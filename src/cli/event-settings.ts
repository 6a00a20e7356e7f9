import { z } from 'zod';
import { publishedEventTypes } from '../core/cloud-event.ts';
import { setting } from './setting-info.ts';
import { bytes, duration, wholeNumber, words } from './setting-values.ts';

const switches = z.enum(['on', 'off'], 'use on or off');
const known: readonly string[] = publishedEventTypes;
const types = words.refine(
  (text) => text.split(',').every((word) => word === '' || known.includes(word)),
  `use some of ${publishedEventTypes.join(', ')}`,
);

/** How what happens to sagas is published. */
export const events = {
  publish: setting(
    switches.default('on'),
    'SAGACHART_EVENTS',
    'whether what happens to sagas is published to <prefix>.events.<saga>.<type>',
  ),
  types: setting(types.optional(), 'SAGACHART_EVENT_TYPES', 'only events of these types, with commas'),
  payload: setting(
    switches.optional(),
    'SAGACHART_EVENT_PAYLOAD',
    'whether they carry inputs, results and messages; when left out, unless payload.keys encrypts them',
  ),
  source: setting(
    z.string().trim().min(1).default('/sagachart'),
    'SAGACHART_EVENT_SOURCE',
    'who publishes, as CloudEvents have it: a URI reference',
  ),
  stream: setting(
    z.enum(['auto', 'on', 'off'], 'use auto, on or off').default('auto'),
    'SAGACHART_EVENT_STREAM',
    'whether JetStream keeps them; auto: where the server has it',
  ),
  streamName: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'use letters, digits, _ and -')
      .optional(),
    'SAGACHART_EVENT_STREAM_NAME',
    'the stream; made when it is missing, used as it is when it is there; SAGACHART_EVENTS when left out, with nats.prefix where that is another',
  ),
  maxAge: setting(
    duration.default(604_800_000),
    'SAGACHART_EVENT_MAX_AGE',
    'how long a stream that is made keeps them',
    'duration',
  ),
  maxBytes: setting(
    bytes.optional(),
    'SAGACHART_EVENT_MAX_BYTES',
    'how much a stream that is made keeps; without a limit when left out',
    'bytes',
  ),
  replicas: setting(
    wholeNumber(1, 5).default(1),
    'SAGACHART_EVENT_REPLICAS',
    'on how many servers of a cluster a stream that is made is kept',
  ),
};

/** How long closed sagas are kept. */
export const retention = {
  after: setting(
    duration.optional(),
    'SAGACHART_RETENTION',
    'how long after they were closed sagas are deleted; never when left out',
    'duration',
  ),
  interval: setting(
    duration.default(600_000),
    'SAGACHART_RETENTION_INTERVAL',
    'how often to look for sagas that are old enough',
    'duration',
  ),
  batch: setting(
    wholeNumber(1, 10_000).default(200),
    'SAGACHART_RETENTION_BATCH',
    'sagas deleted with one statement',
  ),
};
