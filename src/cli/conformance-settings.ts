import { z } from 'zod';
import { setting } from './setting-info.ts';
import { duration, wholeNumber } from './setting-values.ts';

/** How a node checks stored sagas beside driving others. */
export const conformance = {
  watch: setting(
    z.enum(['on', 'off'], 'use on or off').default('on'),
    'SAGACHART_CONFORMANCE',
    'whether stored sagas are held against their journals now and then, by one node at a time',
  ),
  interval: setting(
    duration.default(3_600_000),
    'SAGACHART_CONFORMANCE_INTERVAL',
    'how often it looks',
    'duration',
  ),
  sagas: setting(
    wholeNumber(1, 1_000_000).default(2_000),
    'SAGACHART_CONFORMANCE_SAGAS',
    'sagas checked with one look at most; the next one goes on there',
  ),
};
