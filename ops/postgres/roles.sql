-- What a node may do in the database: read and write its tables, but neither change them nor rewrite history.
--
-- Run it as the owner of the tables, after `sagachart migrate`, and again after each new version:
--
--   psql "$OWNER_URL" --set ON_ERROR_STOP=1 --single-transaction --file roles.sql
--   create user app with password '…' in role sagachart_app;     -- whom DATABASE_URL names
--
-- Nodes then start with --no-migrate; the owner's `sagachart migrate` is a step of the deployment.
-- It is about all tables of the schema that it runs in: give sagachart a schema, or a database, of its own.

do $$
begin
  if not exists (select from pg_roles where rolname = 'sagachart_app') then
    create role sagachart_app nologin;
  end if;
end
$$;

do $$
declare
  name text;
begin
  execute format('grant usage on schema %I to sagachart_app', current_schema());
  for name in select tablename from pg_tables where schemaname = current_schema() loop
    execute format('revoke all on %I from sagachart_app', name);
    execute format('grant select on %I to sagachart_app', name);
    continue when name = 'sagachart_migrations';
    execute format('grant insert, delete on %I to sagachart_app', name);
    -- The journal is the audit: a line that was written stays as it was written.
    continue when name = 'saga_events';
    execute format('grant update on %I to sagachart_app', name);
  end loop;
end
$$;

-- Lines are deleted by retention alone, with their saga, once that is closed. Where nothing is ever to be deleted:
--   revoke delete on saga_events from sagachart_app;    and leave retention off.
create or replace function saga_events_keep() returns trigger
language plpgsql set search_path from current as $$
begin
  if exists (select from sagas where tenant = old.tenant and id = old.saga_id and closed_at is null) then
    raise exception 'saga % is not closed: its journal is kept', old.saga_id using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$$;

create or replace trigger saga_events_keep before delete on saga_events
for each row execute function saga_events_keep();
