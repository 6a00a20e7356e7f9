CREATE TABLE "relays" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	"owner" text collate "C" NOT NULL
);
--> statement-breakpoint
-- One row that is updated several times a second: room for its next versions on its own page.
ALTER TABLE "relays" SET (fillfactor = 50);
