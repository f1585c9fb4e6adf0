import type { BitReader } from '../bits.js';
import type { ClientId, SchemeWorld } from '../contract.js';
import { scale } from '../elementwise.js';
import { openMessage, readControl, type Control, type ControlFields, type FrameKind } from '../frame.js';
import type { DownlinkOption, ModelDownlink } from '../model-downlink.js';
import { vectorCoder, type CoderOptions, type Escalation, type VectorCoder } from './coder.js';
import { distanceAdaptiveCoder } from './distance-adaptive.js';

export type SideInformation = 'own' | 'aggregate' | 'peers' | 'model' | 'none';

export interface WynerZivOptions extends Omit<CoderOptions, 'biasRatio'>, DownlinkOption {
  /** `lattice`: residues of a lattice, resolved within reach; `distance-adaptive`: comparisons with shared thresholds, without a reach. */
  readonly quantizer: 'lattice' | 'distance-adaptive';
  /** See `CoderOptions`; null for 1 / sqrt(clients), with one client for 1 / sqrt(2). */
  readonly biasRatio: number | null;
  readonly bits: number | 'planned';
  readonly sideInformation: SideInformation;
  /** The best multiple of the client's own last vector instead of that vector itself. */
  readonly gain: boolean;
  /** Factor on the deviations seen last round, for clients that do not know the side information. */
  readonly hintMargin: number;
}

export interface WynerZivParts {
  readonly world: SchemeWorld;
  readonly options: WynerZivOptions;
  readonly coder: VectorCoder;
  readonly downlink: ModelDownlink;
  readonly downlinkKind: FrameKind;
  readonly uplinkKind: FrameKind;
  readonly fields: ControlFields;
}

/** The bit-length field of the control block: four bits of length, three of repair. */
export const packed = ({ bits, repair }: Escalation): number => bits | (repair << 4);
export const unpacked = (field: number): Escalation => ({ bits: field & 15, repair: (field >>> 4) & 7 });

/** Set in the bit-length field where the receiver's side information differs from the sender's and hints apply. */
export const HINTED = 0x80;
export const SHARED_PURPOSE = 'wyner-ziv uplink';

/** Clients need the deviation from side information that they do not know: the server tells what it saw. */
export const isHinted = ({ sideInformation, quantizer }: Pick<WynerZivOptions, 'sideInformation' | 'quantizer'>): boolean =>
  quantizer === 'lattice' && (sideInformation === 'aggregate' || sideInformation === 'peers');

/** The client keeps its last reconstruction: what it measures its deviation or its gain by. */
export const keepsHistory = ({ sideInformation, quantizer, gain }: Pick<WynerZivOptions, 'sideInformation' | 'quantizer' | 'gain'>): boolean =>
  sideInformation === 'own' && (quantizer === 'lattice' || gain);

export function uplinkCoder(options: WynerZivOptions, size: number, clients: number): VectorCoder {
  if (options.quantizer === 'distance-adaptive') return distanceAdaptiveCoder(size, options);
  return vectorCoder(size, { ...options, biasRatio: options.biasRatio ?? 1 / Math.sqrt(Math.max(2, clients)) });
}

export const controlFields = (options: WynerZivOptions): ControlFields => ({
  uplinkBits: options.bits === 'planned' || options.check || (options.sideInformation === 'peers' && isHinted(options)),
  accepted: keepsHistory(options),
});

/** What a downlink says: the control block, the hints as bfloat16, and the model as it arrives, at which both ends take the update. */
export interface Downlink {
  readonly control: ReadonlyMap<ClientId, Control>;
  readonly hints: Uint16Array;
  readonly weights: Float32Array;
  readonly body: BitReader;
}

export function readDownlink({ options, coder, fields, downlink, downlinkKind }: WynerZivParts, bytes: Uint8Array): Downlink {
  const { round, body } = openMessage(bytes, downlinkKind);
  const control = readControl(body, fields);
  const hints = new Uint16Array(isHinted(options) ? coder.blockCount : 0);
  body.readAll(hints, hints.length, 16);
  const weights = downlink.read(body, round);
  body.end();
  return { control, hints, weights, body };
}

/** a = <x, y> / <y, y> as a single; 0 where there is no y yet. */
export function bestGain(vector: Float32Array, known: Float32Array): number {
  let product = 0;
  let square = 0;
  for (let j = 0; j < vector.length; j++) {
    product += vector[j] * known[j];
    square += known[j] * known[j];
  }
  const gain = Math.fround(product / square);
  return Number.isFinite(gain) ? gain : 0;
}

export function scaled(vector: Float32Array, factor: number): Float32Array {
  if (factor === 1) return vector.slice();
  const product = new Float32Array(vector.length);
  scale(product, vector, factor);
  return product;
}
