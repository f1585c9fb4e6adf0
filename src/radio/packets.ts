import type { RadioOptions } from './schema.js';

/** A message cut into packets. Sizes in bits. */
export interface Segmentation {
  readonly payloadBits: number;
  readonly packets: number;
  /** On the air, header and check sum included; there is no padding where rates are not quantized. */
  readonly packetBits: (index: number) => number;
}

/** Every message takes at least one packet: an empty one is a header. */
export function segment(bytes: number, { mtu, header, crc }: RadioOptions['packet']): Segmentation {
  const payloadBits = 8 * bytes;
  const packets = Math.max(1, Math.ceil(payloadBits / mtu));
  const overhead = header + crc;
  const lastPayload = payloadBits - (packets - 1) * mtu;
  return { payloadBits, packets, packetBits: (index) => overhead + (index === packets - 1 ? lastPayload : mtu) };
}
