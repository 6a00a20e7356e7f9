-- Room on each page for the next version of its rows: an ordinary step then touches no index (HOT update).
ALTER TABLE "sagas" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "nodes" SET (fillfactor = 50);--> statement-breakpoint
-- Above 2 kB compression is what a write costs most; lz4 takes half the time, where the server was built with it.
DO $$
BEGIN
  ALTER TABLE "sagas" ALTER COLUMN "snapshot" SET COMPRESSION lz4;
  ALTER TABLE "saga_events" ALTER COLUMN "data" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
  RAISE NOTICE 'this server has no lz4; snapshots are compressed with its default';
END
$$;
