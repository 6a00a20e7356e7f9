CREATE TABLE "definitions" (
	"name" text collate "C" NOT NULL,
	"version" integer NOT NULL,
	"hash" text collate "C" NOT NULL,
	"structure" text NOT NULL,
	CONSTRAINT "definitions_pkey" PRIMARY KEY("name","version")
);
