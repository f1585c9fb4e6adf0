import type { Stream } from '../../random/stream.js';
import { gathered, keptCount } from '../codecs/sparse.js';
import { rotate, rotateBack, rotatedSize, rotationBlocks, rotationSigns, type RotationBlock } from '../transforms/hadamard.js';

const WORDS = 4_294_967_296;

export interface CoordinateOptions {
  readonly rotation: boolean;
  readonly blockSize: number;
  /** Share of the coordinates of each block that travels, above 0 and up to 1. */
  readonly subsample: number;
}

/** The coordinates of one block that are coded, among those of all blocks. */
export interface CodedBlock {
  readonly offset: number;
  readonly size: number;
  /** Coordinates of the block over those coded. */
  readonly stretch: number;
  readonly block: RotationBlock;
}

/**
 * The coordinates in which a vector is coded: rotated by blocks or as they are, and of each block all or
 * a random subset A that both ends draw alike (Mayekar, Suresh, Tyagi 2021, the subsampled estimator). With
 * side information y, a share mu of the coordinates and x^ decoded, the vector is
 *
 *   v = R^-1 (R y + (1 / mu) sum over j in A of (x^_j - (R y)_j) e_j),
 *
 * unbiased where x^ is, with an error of (1 / mu - 1) |x - y|^2 more.
 */
export interface Coordinates {
  readonly blocks: readonly CodedBlock[];
  /** Coordinates coded, of all blocks. */
  readonly count: number;
  /** With the signs and the subset of one message. */
  draw(shared: (purpose: string) => Stream): DrawnCoordinates;
}

export interface DrawnCoordinates {
  /** All coordinates, maybe `vector` itself. */
  turned(vector: Float32Array): Float32Array;
  /** All coordinates of side information (zero where there is none), in an array of its own. */
  side(known: Float32Array | null): Float32Array;
  /** Those that are coded; `all` itself where they are all. */
  chosen(all: Float32Array): Float32Array;
  /** The vector out of side information and decoded coordinates. Uses up both. */
  back(side: Float32Array, decoded: Float32Array): Float32Array;
}

/**
 * `count` of the places from `first` on, one draw for each, into `chosen`, ascending: a place is taken with the
 * probability (still to take) / (places left), which makes every subset equally likely (Knuth, TAOCP 3.4.2, algorithm S).
 */
function drawAscending(draws: Uint32Array, count: number, first: number, chosen: Uint32Array): void {
  let taken = 0;
  for (let j = 0; taken < count; j++) {
    if (draws[j] * (draws.length - j) < (count - taken) * WORDS) chosen[taken++] = first + j;
  }
}

export function coordinates(size: number, { rotation, blockSize, subsample }: CoordinateOptions): Coordinates {
  const whole = rotationBlocks(size, blockSize);
  const all = rotation ? whole : whole.map((block) => ({ ...block, size: block.count }));
  const padded = rotatedSize(all);
  const blocks: CodedBlock[] = [];
  let count = 0;
  for (const block of all) {
    const kept = keptCount(block.size, subsample);
    blocks.push({ offset: count, size: kept, stretch: block.size / kept, block });
    count += kept;
  }
  const isWhole = count === padded;

  function drawIndices(shared: Stream): Uint32Array {
    const indices = new Uint32Array(count);
    const words = new Uint32Array(blocks.length === 0 ? 0 : Math.max(blocks[0].block.size, blocks[blocks.length - 1].block.size));
    for (const { offset, size: kept, block } of blocks) {
      const draws = words.subarray(0, block.size);
      shared.fillUint32(draws);
      drawAscending(draws, kept, block.offset, indices.subarray(offset, offset + kept));
    }
    return indices;
  }

  return {
    blocks,
    count,
    draw(shared) {
      const signs = rotation ? rotationSigns(all, shared('signs')) : new Uint32Array(0);
      const indices = isWhole ? null : drawIndices(shared('subset'));
      return {
        turned: (vector) => (rotation ? rotate(vector, all, signs) : vector),
        side: (known) => (known === null ? new Float32Array(padded) : rotation ? rotate(known, all, signs) : known.slice()),
        chosen: (values) => (indices === null ? values : gathered(values, indices)),
        back(side, decoded) {
          if (indices !== null) {
            for (const { offset, size: coded, stretch } of blocks) {
              for (let i = offset; i < offset + coded; i++) side[indices[i]] += stretch * (decoded[i] - side[indices[i]]);
            }
          }
          return rotation ? rotateBack(side, all, signs) : side;
        },
      };
    },
  };
}
