CREATE TABLE "nodes" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saga_events" (
	"tenant" text collate "C" NOT NULL,
	"saga_id" text collate "C" NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"data" text NOT NULL,
	"status" text collate "C" NOT NULL,
	"state" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"tx_id" text collate "C" NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "saga_events_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "saga_events_pkey" PRIMARY KEY("tenant","saga_id","seq")
);
--> statement-breakpoint
CREATE TABLE "sagas" (
	"tenant" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"definition_version" integer NOT NULL,
	"hash" text collate "C" NOT NULL,
	"status" text collate "C" NOT NULL,
	"snapshot" text NOT NULL,
	"version" integer NOT NULL,
	"epoch" integer NOT NULL,
	"owner" text collate "C",
	"due_at" timestamp (3) with time zone,
	"deadline_at" timestamp (3) with time zone,
	"cause" text collate "C",
	"step" text,
	"attributes" jsonb NOT NULL,
	"hooks" text,
	"idempotency_key" text collate "C",
	"request_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	CONSTRAINT "sagas_pkey" PRIMARY KEY("tenant","id")
);
--> statement-breakpoint
CREATE INDEX "saga_events_position" ON "saga_events" USING btree ("position");--> statement-breakpoint
CREATE INDEX "sagas_newest" ON "sagas" USING btree ("status","tenant","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "sagas_idempotency_key" ON "sagas" USING btree ("idempotency_key","tenant") WHERE "sagas"."idempotency_key" is not null;--> statement-breakpoint
CREATE INDEX "sagas_due" ON "sagas" USING btree ("due_at") WHERE "sagas"."owner" is null and "sagas"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "sagas_owner" ON "sagas" USING btree ("owner") WHERE "sagas"."owner" is not null;