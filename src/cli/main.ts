#!/usr/bin/env node
import { runCli } from './run-cli.ts';
import { systemIo } from './system-io.ts';

const code = await runCli(process.argv.slice(2), systemIo());
// Not when nothing is left to do: a module of sagas may have opened what nobody closes.
process.stdout.write('', () => process.exit(code));
