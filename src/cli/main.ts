#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import { endQuietlyOnClosedPipe } from './output.js';
import { reportFailure } from './failure.js';
import { runProgram } from './program.js';

endQuietlyOnClosedPipe();
// Set rather than exit: what was written to a pipe must reach its reader.
process.on('uncaughtException', (error) => {
  process.exitCode = reportFailure(error);
  process.exit();
});
try {
  await runProgram(hideBin(process.argv));
} catch (error) {
  process.exitCode = reportFailure(error);
}
