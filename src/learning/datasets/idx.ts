import { gunzipSync } from 'node:zlib';
import { inputError } from '../../errors.js';

/**
 * The IDX format of MNIST and its relatives: two zero bytes, a type code (8: unsigned byte), the
 * number of dimensions, each dimension as a big-endian 32-bit number, then the values row-major.
 */
export interface IdxArray {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
  /** Byte of the (uncompressed) file at which the values begin, for messages. */
  readonly valuesOffset: number;
}

const UNSIGNED_BYTE = 8;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Parses the bytes of an IDX file, gzip or not. `dimensions` says how many the file must have.
 * Every fault is an input error with the byte at which it shows (of the uncompressed content).
 */
export function parseIdx(bytes: Uint8Array, file: string, dimensionCounts: readonly number[]): IdxArray {
  const content = bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1] ? inflate(bytes, file) : bytes;
  const wanted = dimensionCounts.map((count) => `0x0000080${count}`).join(' or ');
  if (content.length < 4) throw truncated(file, content.length, `a magic number ${wanted}`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const magic = view.getUint32(0);
  const dimensionCount = magic & 0xff;
  if (magic >>> 8 !== UNSIGNED_BYTE || !dimensionCounts.includes(dimensionCount)) {
    throw inputError('IDX_MAGIC', `the magic number is 0x${magic.toString(16).padStart(8, '0')}`, {
      place: { file, byteOffset: 0 },
      expected: wanted,
    });
  }
  const valuesOffset = 4 + 4 * dimensionCount;
  if (content.length < valuesOffset) throw truncated(file, content.length, `a header of ${valuesOffset} bytes`);
  const dimensions = Array.from({ length: dimensionCount }, (_, i) => view.getUint32(4 + 4 * i));
  const empty = dimensions.indexOf(0);
  if (empty >= 0) {
    throw inputError('IDX_DIMENSIONS', `dimension ${empty + 1} is 0`, { place: { file, byteOffset: 4 + 4 * empty }, expected: 'at least 1' });
  }
  const size = dimensions.reduce((product, dimension) => product * dimension, 1);
  const end = valuesOffset + size;
  if (content.length < end) {
    throw truncated(file, content.length, `${end} bytes for ${dimensions.join(' x ')} values`);
  }
  if (content.length > end) {
    throw inputError('IDX_TRAILING_BYTES', `${content.length - end} bytes follow the ${dimensions.join(' x ')} values`, {
      place: { file, byteOffset: end },
      expected: 'the end of the file',
    });
  }
  return { dimensions, values: content.subarray(valuesOffset, end), valuesOffset };
}

function inflate(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw inputError('DATASET_GZIP', `the gzip data is damaged or cut off (${cause instanceof Error ? cause.message : String(cause)})`, {
      place: { file, byteOffset: bytes.length },
      expected: 'a complete gzip file',
      hint: 'Fetch it again with "wfl-sim data fetch"',
      cause,
    });
  }
}

function truncated(file: string, length: number, expected: string): Error {
  return inputError('IDX_TRUNCATED', 'the file ends early', { place: { file, byteOffset: length }, expected });
}
