import { z } from 'zod';
import { setting } from './setting-info.ts';
import { duration, httpUrl } from './setting-values.ts';

/** Who is told of sagas that parked or are stuck. */
export const alerts = {
  webhookUrl: setting(httpUrl.optional(), 'SAGACHART_ALERT_WEBHOOK_URL', 'where alerts are posted to', 'url'),
  webhookSecret: setting(
    z.string().min(16, 'use at least 16 characters').optional(),
    'SAGACHART_ALERT_WEBHOOK_SECRET',
    'signs what is posted (HMAC-SHA256)',
    'secret',
  ),
  nats: setting(
    z.enum(['off', 'on'], 'use off or on').default('off'),
    'SAGACHART_ALERT_NATS',
    'whether alerts are published to <prefix>.alerts.<saga>.<kind>',
  ),
  stuckAfter: setting(
    duration.default(900_000),
    'SAGACHART_STUCK_AFTER',
    'after how long without a move a saga counts as stuck',
    'duration',
  ),
};
