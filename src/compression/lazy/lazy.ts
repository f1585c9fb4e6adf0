import type { BitReader } from '../bits.js';
import type { SchemeWorld } from '../contract.js';
import type { DownlinkOption, ModelDownlink } from '../model-downlink.js';
import type { ControlFields, FrameKind, MessageWriter } from '../frame.js';
import { quantizeInnovation, readInnovation, writeInnovation } from '../quantizers/innovation.js';

/**
 * Lazily aggregated gradients: the server keeps each client's last uploaded vector (its reference) and
 * goes on using it while the client stays silent; a client speaks up only when its vector has changed
 * enough. LAG, LAQ and SLAQ differ in how the change is sent and in the threshold.
 *
 * The papers sum over M workers with step size alpha; here the server takes the mean under the weights
 * p_m with learning rate lr = alpha M, which is the same for equal weights. In units of that sum,
 *
 *   upload iff s^2 |Q - ref|^2 >= w / lr^2 + c s^2 (|e|^2 + |e_last|^2) + constant,  s = M p_m,
 *   w = sum_d xi_d |theta^(k+1-d) - theta^(k-d)|^2,
 *
 * or the clock has come to `maxSkips`. Q is what the upload would carry, e its error, e_last the error
 * of the last upload. LASG-WK2 has |g(theta) - g(theta_last)|^2 on the same minibatch in place of |Q - ref|^2. Every client could keep the model differences itself; the server sends w / lr^2
 * instead (one f32, counted as side information), so that clients which missed a round hear it too.
 * theta in w is the server's exact model: what a quantized downlink adds to it is no progress, and would
 * raise the bar until nobody speaks. In the vectors it shows, because clients take them where they are.
 */
export interface LazyRule extends DownlinkOption {
  /** Bits per element of an upload; 32 sends singles; `planned` is the length that the plan of the round gives the client. */
  readonly bits: number | 'planned';
  /** Fewest bits that a plan may give; null or absent for the fewest that work. */
  readonly bitsMin?: number | null;
  /** D, how many model differences count. */
  readonly memory: number;
  /** Sum of the D weights xi_d, which are equal; differences before the first round are zero. */
  readonly memoryWeight: number;
  /** Leaves the newest difference out, as the published script of SLAQ does by its indexing. */
  readonly skipNewest: boolean;
  /**
   * What has to change: `upload` compares what the server holds with what the upload would make of it;
   * `gradient` compares the gradients at the weights of now and of the last upload on the same
   * minibatch, so that the noise of minibatches cancels (LASG-WK2), and costs a second gradient.
   */
  readonly compares: 'upload' | 'gradient';
  /** c, factor of the quantization errors. */
  readonly errorWeight: number;
  readonly constant: number;
  /** An upload is forced after that many silent rounds; 0 uploads always. */
  readonly maxSkips: number;
  /** The first upload of a client is never skipped. */
  readonly forceFirstUpload: boolean;
  /** `header`: silence is one message without body; `none`: nothing is sent, as the papers count. */
  readonly skipSignal: 'header' | 'none';
}

export interface LazyParts {
  readonly world: SchemeWorld;
  readonly rule: LazyRule;
  /** Fewest bits that work with the rule and the input, or more where the options say so. */
  readonly bitsMin: number;
  readonly fields: ControlFields;
  readonly downlink: ModelDownlink;
  readonly downlinkKind: FrameKind;
  readonly uplinkKind: FrameKind;
}

/** Both ends know from the round which vector the upload builds on, so it travels alone. */
export interface Candidate {
  /** What the server will hold as the client's reference. */
  readonly quantized: Float32Array;
  write(out: MessageWriter): void;
}

export function candidateUpload(vector: Float32Array, reference: Float32Array, bits: number): Candidate {
  if (bits === 32) {
    return {
      quantized: vector,
      write(out) {
        out.part('values');
        out.writeFloats(vector);
      },
    };
  }
  const innovation = quantizeInnovation(vector, reference, bits);
  return { quantized: innovation.quantized, write: (out) => writeInnovation(out, innovation, bits) };
}

/** What the server holds after an upload, and the range of the grid it was rounded to: 2 R, or null for singles. */
export interface ReadUpload {
  readonly reference: Float32Array;
  readonly range: number | null;
}

export function readUpload(body: BitReader, reference: Float32Array, bits: number): ReadUpload {
  if (bits === 32) return { reference: body.readFloats(reference.length), range: null };
  const { quantized, radius } = readInnovation(body, reference, bits);
  return { reference: quantized, range: 2 * radius };
}

/** Versions travel, so that a client knows which of its uploads the server holds; planned lengths too, which both ends so know. */
export const lazyControl = ({ bits }: LazyRule): ControlFields => ({ uplinkBits: bits === 'planned', accepted: true });

/** Longest planned length: codes are kept as 16 bits. */
export const PLANNED_BITS_MAX = 16;
