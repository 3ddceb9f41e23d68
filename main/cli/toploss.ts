#!/usr/bin/env node
// The command line: `toploss <command>`.
import { exitStatus, main } from './main.ts';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.done);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
