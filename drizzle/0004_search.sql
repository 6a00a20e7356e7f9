CREATE TABLE "batch_items" (
	"tenant" text collate "C" NOT NULL,
	"batch_id" text collate "C" NOT NULL,
	"saga_id" text collate "C" NOT NULL,
	"outcome" text collate "C",
	"detail" text,
	CONSTRAINT "batch_items_pkey" PRIMARY KEY("tenant","batch_id","saga_id")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"tenant" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"action" text NOT NULL,
	"fields" text NOT NULL,
	"actor" text,
	"reason" text,
	"status" text collate "C" NOT NULL,
	"total" integer NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"owner" text collate "C",
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "batches_pkey" PRIMARY KEY("tenant","id")
);
--> statement-breakpoint
CREATE TABLE "saga_attributes" (
	"key" text collate "C" NOT NULL,
	"value" text collate "C" NOT NULL,
	"tenant" text collate "C" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"saga_id" text collate "C" NOT NULL,
	CONSTRAINT "saga_attributes_pkey" PRIMARY KEY("key","value","tenant","created_at","saga_id")
);
--> statement-breakpoint
CREATE TABLE "saga_tallies" (
	"tenant" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"definition_version" integer NOT NULL,
	"status" text collate "C" NOT NULL,
	"overridden" boolean NOT NULL,
	"error_step" text collate "C" NOT NULL,
	"error_op" text collate "C" NOT NULL,
	"error_code" text collate "C" NOT NULL,
	"total" bigint NOT NULL,
	CONSTRAINT "saga_tallies_pkey" PRIMARY KEY("tenant","name","definition_version","status","overridden","error_step","error_op","error_code")
);
--> statement-breakpoint
CREATE TABLE "saga_tally_changes" (
	"tenant" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"definition_version" integer NOT NULL,
	"status" text collate "C" NOT NULL,
	"overridden" boolean NOT NULL,
	"error_step" text collate "C" NOT NULL,
	"error_op" text collate "C" NOT NULL,
	"error_code" text collate "C" NOT NULL,
	"change" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "participant" text collate "C";--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "error_step" text collate "C";--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "error_op" text collate "C";--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "error_code" text collate "C";--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "error_message" text;--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "error_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "overridden" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "resting_step" text collate "C" GENERATED ALWAYS AS (case when owner is null then left(step, 64) end) STORED;--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "resting_participant" text collate "C" GENERATED ALWAYS AS (case when owner is null then left(participant, 64) end) STORED;--> statement-breakpoint
CREATE INDEX "batch_items_pending" ON "batch_items" USING btree ("tenant","batch_id","saga_id") WHERE "batch_items"."outcome" is null;--> statement-breakpoint
CREATE INDEX "batch_items_refused" ON "batch_items" USING btree ("tenant","batch_id","saga_id") WHERE "batch_items"."outcome" = 'refused';--> statement-breakpoint
CREATE INDEX "batches_newest" ON "batches" USING btree ("tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "batches_running" ON "batches" USING btree ("created_at") WHERE "batches"."status" = 'running';--> statement-breakpoint
CREATE INDEX "saga_events_personal" ON "saga_events" USING btree ("tenant","position") WHERE "saga_events"."type" in ('cancel', 'retry', 'skip', 'compensate', 'resolve', 'decide', 'signal', 'pause', 'resume');--> statement-breakpoint
CREATE INDEX "sagas_named" ON "sagas" USING btree ("name","definition_version","status","tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "sagas_cause" ON "sagas" USING btree ("cause","status","tenant","created_at","id") WHERE "sagas"."cause" is not null;--> statement-breakpoint
CREATE INDEX "sagas_error" ON "sagas" USING btree ("error_code","status","tenant","created_at","id") WHERE "sagas"."error_code" is not null;--> statement-breakpoint
CREATE INDEX "sagas_fault" ON "sagas" USING btree ("error_code","error_step","error_op","name","tenant","error_at","id") WHERE "sagas"."error_code" is not null;--> statement-breakpoint
CREATE INDEX "sagas_resting_step" ON "sagas" USING btree ("resting_step","status","tenant","created_at","id") WHERE "sagas"."resting_step" is not null;--> statement-breakpoint
CREATE INDEX "sagas_resting_participant" ON "sagas" USING btree ("resting_participant","status","tenant","created_at","id") WHERE "sagas"."resting_participant" is not null;--> statement-breakpoint
CREATE INDEX "sagas_overridden" ON "sagas" USING btree ("status","tenant","created_at","id") WHERE "sagas"."overridden";--> statement-breakpoint
-- What there is already is counted, and found by its business keys, too.
INSERT INTO "saga_tallies" ("tenant", "name", "definition_version", "status", "overridden", "error_step", "error_op", "error_code", "total")
SELECT "tenant", "name", "definition_version", "status", false, '', '', '', count(*) FROM "sagas" GROUP BY 1, 2, 3, 4;--> statement-breakpoint
INSERT INTO "saga_attributes" ("key", "value", "tenant", "created_at", "saga_id")
SELECT left(attribute.key, 64), left(attribute.value, 256), "tenant", "created_at", "id"
FROM "sagas", jsonb_each_text("attributes") attribute ON CONFLICT DO NOTHING;--> statement-breakpoint
-- Few rows that are updated often: room for their next versions on their own pages.
ALTER TABLE "saga_tallies" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "batches" SET (fillfactor = 50);--> statement-breakpoint
-- Emptied again and again: what is left behind must not pile up.
ALTER TABLE "saga_tally_changes" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
