/** Side of the square images, in pixels. */
export const SIDE = 28;

/** A grid of SIDE x SIDE coverages from 0 to 1. */
export type Coverage = Float64Array;

/**
 * Draws a line of the given half-width with a soft edge one pixel wide: each pixel takes the larger
 * of what it has and what the line covers, so that strokes may cross.
 */
export function drawLine(grid: Coverage, x0: number, y0: number, x1: number, y1: number, halfWidth: number): void {
  const reach = halfWidth + 0.5;
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  const right = Math.min(SIDE - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
  const bottom = Math.min(SIDE - 1, Math.floor(Math.max(y0, y1) + reach));
  const dx = x1 - x0;
  const dy = y1 - y0;
  const lengthSquared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = lengthSquared === 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / lengthSquared;
      const t = along < 0 ? 0 : along > 1 ? 1 : along;
      const ex = x - x0 - t * dx;
      const ey = y - y0 - t * dy;
      const covered = reach - Math.sqrt(ex * ex + ey * ey);
      const at = y * SIDE + x;
      if (covered > grid[at]) grid[at] = covered < 1 ? covered : 1;
    }
  }
}
