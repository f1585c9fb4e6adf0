import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import { inputError } from '../errors.js';
import type { TrialState } from '../federation/synchronous.js';
import { writeFileAtomically } from '../results/writer.js';

export const CHECKPOINT_FILE = 'checkpoint.bin';
const FORMAT = 'wfl-sim checkpoint 1';
/** SHA-256 of what follows stands first, since a state with a few wrong bits would be taken up without a sign. */
const DIGEST_BYTES = 32;

const byteCount = z.int().min(0);
const checkpointSchema = z.object({
  format: z.literal(FORMAT),
  /** Trials that are complete, in the order of the study. */
  trialsDone: z.int().min(0),
  /** State of the trial under way after its last complete round; null at its start. */
  trial: z.instanceof(Uint8Array).nullable(),
  /** Bytes of each table that belong to complete rounds. */
  offsets: z.object({ rounds: byteCount, clients: byteCount, packets: byteCount }),
});

/** How far a run is: written after every round, replaced atomically, gone when the run is complete. */
export type Checkpoint = Omit<z.infer<typeof checkpointSchema>, 'format'>;

/**
 * Copies a trial's state into bytes. Typed arrays keep their exact bits; views of shared memory are
 * copied, since the structured-clone format has no place for them.
 */
export function freezeTrial(state: TrialState): Uint8Array<ArrayBuffer> {
  return serialize(unshare(state));
}

export function thawTrial(bytes: Uint8Array): TrialState {
  return z.custom<TrialState>().parse(deserialize(bytes));
}

export function writeCheckpoint(dir: string, checkpoint: Checkpoint): void {
  const content = serialize({ format: FORMAT, ...checkpoint });
  writeFileAtomically(join(dir, CHECKPOINT_FILE), Buffer.concat([digestOf(content), content]));
}

/** The checkpoint of a run folder; an input error where there is none or it is of another version. */
export function readCheckpoint(dir: string): Checkpoint {
  const file = join(dir, CHECKPOINT_FILE);
  if (!existsSync(file)) {
    throw inputError('NO_CHECKPOINT', 'this folder holds no interrupted run', {
      place: { file: dir }, expected: `a run folder with ${CHECKPOINT_FILE} in it`, hint: 'A run that is complete has none',
    });
  }
  try {
    const bytes = readFileSync(file);
    const content = bytes.subarray(DIGEST_BYTES);
    if (!digestOf(content).equals(bytes.subarray(0, DIGEST_BYTES))) throw new Error('its checksum is wrong');
    return checkpointSchema.parse(deserialize(content));
  } catch (cause) {
    throw inputError('BAD_CHECKPOINT', 'the checkpoint cannot be read', {
      place: { file }, expected: `a file that this version of wfl-sim has written (${FORMAT})`, cause,
    });
  }
}

const digestOf = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();

function unshare(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const shared = value.buffer instanceof SharedArrayBuffer;
    return shared && 'slice' in value && typeof value.slice === 'function' ? value.slice() : value;
  }
  if (Array.isArray(value)) return value.map(unshare);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unshare(item)]));
  }
  return value;
}
