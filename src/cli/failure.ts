import { didYouMean, inputError, WflError } from '../errors.js';
import { tell } from './output.js';

/** Exit code of an interrupted run, as shells give it: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** Turns whatever was thrown into one sentence on stderr (one per mistake of a scenario), and its exit code. */
export function reportFailure(error: unknown): number {
  const { text, exitCode } = describeFailure(error);
  tell(text);
  if (process.env.WFL_DEBUG === '1' && error instanceof Error) tell(error.stack ?? '');
  return exitCode;
}

export function describeFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof WflError) {
    // A place stays at the start of its line, where editors and terminals find it.
    const placed = error.place !== undefined || error.message.includes('\n');
    return { text: placed ? error.message : `wfl-sim: ${error.message}`, exitCode: error.exitCode };
  }
  if (error instanceof Error && error.name === 'AbortError') return { text: `wfl-sim: ${error.message}`, exitCode: INTERRUPTED };
  const message = error instanceof Error ? error.message : String(error);
  return { text: `wfl-sim: something went wrong inside the program: ${message}. WFL_DEBUG=1 shows where`, exitCode: 1 };
}

/** What yargs has to say about a command line, in the words of this program. */
export function usageError(message: string, commands: readonly string[], options: readonly string[], args: readonly string[]): WflError {
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown !== undefined) return unknownArgument(unknown.split(', ')[0], commands, options, args);
  const missing = /^Missing required argument: (.*)$/.exec(message)?.[1];
  if (missing !== undefined) return inputError('MISSING_OPTION', `--${missing} is missing`, { hint: SEE_HELP });
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return inputError('BAD_OPTION', `--${valueless} has no value`, { hint: SEE_HELP });
  const choice = /Argument: (\S+), Given: "(.*?)", Choices: (.*)$/.exec(message);
  if (choice !== null) {
    const choices = choice[3].split(', ').map((name) => name.replaceAll('"', ''));
    return inputError('BAD_OPTION', `there is no ${choice[1]} "${choice[2]}"${didYouMean(choice[2], choices)}`, { expected: `one of ${choices.join(', ')}` });
  }
  if (message.startsWith('Not enough non-option arguments')) return inputError('MISSING_OPTION', 'the command is missing what it works on', { hint: SEE_HELP });
  return inputError('BAD_OPTION', message.replace(/\s*\n\s*/g, ' '), { hint: SEE_HELP });
}

const SEE_HELP = '"wfl-sim --help" tells more';

function unknownArgument(name: string, commands: readonly string[], options: readonly string[], args: readonly string[]): WflError {
  if (args.includes(name)) {
    return inputError('UNKNOWN_COMMAND', `there is no command "${name}"${didYouMean(name, commands)}`, { expected: `one of ${commands.join(', ')}` });
  }
  const dashes = name.length === 1 ? '-' : '--';
  return inputError('UNKNOWN_OPTION', `there is no option "${dashes}${name}"${didYouMean(name, options).replace('"', '"--')}`, { hint: SEE_HELP });
}
