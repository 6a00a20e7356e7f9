import type postgres from 'postgres';
import type { SagaFilter } from '../../src/core/store.ts';

/** Whose sagas `fillSagas` makes; a tenth of them are somebody else's. */
export const tenant = 'shop';

/** The newest saga's creation; the others were created a second apart before it. ms since the epoch. */
export const newest = Date.UTC(2030, 0, 1);

/** Every filter of the list, alone and with others; those that find few or none are the hardest. */
export const filters: readonly (readonly [string, Omit<SagaFilter, 'tenant'>])[] = [
  ['nothing', {}],
  ['status', { status: ['failed'] }],
  ['several statuses', { status: ['failed', 'compensating', 'abandoned'] }],
  ['name', { name: 'order' }],
  ['rare name', { name: 'rare' }],
  ['unknown name', { name: 'nothing' }],
  ['old version', { version: 1 }],
  ['name, version, status', { name: 'order', version: 1, status: ['running'] }],
  ['cause', { cause: 'cancelled' }],
  ['cause, status', { cause: 'cancelled', status: ['failed'] }],
  ['step', { step: 'charge' }],
  ['rare step', { step: 'gift' }],
  ['step, status', { step: 'charge', status: ['failed'] }],
  ['participant', { participant: 'payment' }],
  ['rare participant', { participant: 'gifts' }],
  ['participant, status', { participant: 'payment', status: ['running'] }],
  ['error', { error: 'no_money' }],
  ['rare error', { error: 'code-19' }],
  ['unknown error', { error: 'nothing' }],
  ['error, status, name', { error: 'no_money', status: ['failed'], name: 'rare' }],
  ['attribute', { attributes: { order: 'o-4711' } }],
  ['common attribute', { attributes: { region: 'eu' } }],
  ['common attribute, status', { attributes: { region: 'eu' }, status: ['failed'] }],
  ['attributes', { attributes: { region: 'eu', customer: 'c-42' } }],
  ['unknown attribute', { attributes: { order: 'nothing' } }],
  ['overridden', { overridden: true }],
  ['not overridden, status', { overridden: false, status: ['abandoned'] }],
  ['stuck', { stuckSince: newest - 60_000 }],
  ['stuck, status, step', { stuckSince: newest - 60_000, status: ['compensating'], step: 'charge' }],
  ['text', { text: 'money' }],
  ['rare text', { text: 'message 4711' }],
  ['text, status', { text: 'MONEY charge', status: ['failed'] }],
  ['time', { since: newest - 86_400_000, until: newest - 43_200_000 }],
  ['time, name, status', { since: newest - 86_400_000, name: 'rare', status: ['completed'] }],
];

/**
 * Makes `count` sagas of all kinds on the server, as the store would have written them: most are done, some in trouble; of
 * the newest those that are open are driven.
 */
export async function fillSagas(client: postgres.Sql, count: number): Promise<void> {
  await client.unsafe(
    `insert into sagas (tenant, id, name, definition_version, hash, status, snapshot, version, epoch, owner, due_at, cause, step,
       participant, error_step, error_op, error_code, error_message, error_at, overridden, attributes, request_hash,
       created_at, updated_at, closed_at)
     select case when n % 10 = 7 then 'other' else '${tenant}' end, 'saga-' || n, name, case when n % 97 = 3 then 1 else 2 end, 'h', status,
       repeat('x', 600), 5, 1, case when is_open and n <= ${count / 16} then 'node-' || n % 3 end,
       case when is_open then to_timestamp(${newest} / 1000.0) + n * interval '1 second' end,
       case when is_back then (array['stepFailed', 'stepFailed', 'stepFailed', 'cancelled', 'operator'])[n % 5 + 1] end,
       step, participant,
       case when is_back then 'charge' end, case when is_back then 'do' end,
       case when not is_back then null when n % 3 > 0 then 'no_money' else 'code-' || least(19, n % 1000) end,
       case when is_back then 'there is no money: message ' || n end, case when is_back then created_at end,
       n % 2003 = 5 and is_back, jsonb_build_object('order', 'o-' || n, 'customer', 'c-' || n % 10000, 'region', (array['eu', 'us', 'ap'])[n % 3 + 1]),
       'r', created_at, created_at, case when is_open or status = 'failed' then null else created_at end
     from (
       select *, status in ('running', 'compensating') as is_open, status not in ('running', 'completed') as is_back,
         case when status in ('running', 'compensating', 'failed') then case when n % 5003 = 0 then 'gift' else (array['charge', 'reserve', 'ship'])[n % 3 + 1] end end as step,
         case when status in ('running', 'compensating', 'failed') then case when n % 5003 = 0 then 'gifts' else (array['payment', 'inventory', 'shipping'])[n % 3 + 1] end end as participant,
         to_timestamp(${newest} / 1000.0) - n * interval '1 second' as created_at
       from (
         select n, case when n % 1009 = 1 then 'rare' when n % 4 = 0 then 'parcel' else 'order' end as name,
           case when k < 82 then 'completed' when k < 88 then 'compensated' when k < 93 then 'failed' when k < 98 then 'running'
             when k < 99 then 'compensating' else 'abandoned' end as status
         from (select n, (n::bigint * 7919) % 100 as k from generate_series(1, ${count}) n) numbered
       ) saga
     ) saga`,
  );
  await client.unsafe(
    `insert into saga_attributes (key, value, tenant, created_at, saga_id)
     select key, value, tenant, created_at, id from sagas, jsonb_each_text(attributes)`,
  );
  await client.unsafe(
    `insert into saga_tallies select tenant, name, definition_version, status, overridden, coalesce(error_step, ''),
       coalesce(error_op, ''), coalesce(error_code, ''), count(*) from sagas group by 1, 2, 3, 4, 5, 6, 7, 8`,
  );
  await client.unsafe('vacuum analyze');
}
