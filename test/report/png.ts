import { inflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of the picture element in that column and row. */
  at(column: number, row: number): readonly [number, number, number, number];
}

/** Decodes a PNG with eight bits per channel, alpha and no interlacing (W3C PNG, third edition, section 9). */
export function decodePng(png: Buffer): Picture {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  if (png[24] !== 8 || png[25] !== 6 || png[28] !== 0) throw new Error('not a PNG of the kind that is drawn here');
  const data: Buffer[] = [];
  for (let chunk = 8; chunk < png.length; chunk += 12 + png.readUInt32BE(chunk)) {
    if (png.toString('latin1', chunk + 4, chunk + 8) === 'IDAT') data.push(png.subarray(chunk + 8, chunk + 8 + png.readUInt32BE(chunk)));
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = 4 * width;
  const pixels = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const left = i < 4 ? 0 : pixels[row * stride + i - 4];
      const above = row === 0 ? 0 : pixels[(row - 1) * stride + i];
      const corner = i < 4 || row === 0 ? 0 : pixels[(row - 1) * stride + i - 4];
      pixels[row * stride + i] = raw[row * (stride + 1) + 1 + i] + predicted(filter, left, above, corner);
    }
  }
  return {
    width,
    height,
    at(column, row) {
      const start = row * stride + 4 * column;
      return [pixels[start], pixels[start + 1], pixels[start + 2], pixels[start + 3]];
    },
  };
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 4) {
    const estimate = left + above - corner;
    const [byLeft, byAbove, byCorner] = [Math.abs(estimate - left), Math.abs(estimate - above), Math.abs(estimate - corner)];
    if (byLeft <= byAbove && byLeft <= byCorner) return left;
    return byAbove <= byCorner ? above : corner;
  }
  return [0, left, above, (left + above) >> 1][filter];
}
