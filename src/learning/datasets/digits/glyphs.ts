/**
 * The shapes of the ten digits as strokes on a unit square (y downwards), each in the ways people
 * write it. Paths use the SVG letters M (start a stroke), L (line) and C (cubic curve), with
 * absolute coordinates.
 */
const PATHS: readonly (readonly string[])[] = [
  [
    'M .5 0 C .85 0 .95 .25 .95 .5 C .95 .75 .85 1 .5 1 C .15 1 .05 .75 .05 .5 C .05 .25 .15 0 .5 0',
    'M .6 .02 C .2 -.05 .05 .3 .06 .6 C .1 1.1 .7 1.1 .9 .6 C 1 .2 .8 -.05 .45 .06',
  ],
  ['M .5 0 L .5 1', 'M .25 .2 L .55 0 L .55 1', 'M .25 .2 L .55 0 L .55 1 M .22 1 L .88 1'],
  [
    'M .08 .25 C .1 0 .85 -.1 .88 .28 C .9 .5 .5 .7 .08 1 L .95 1',
    'M .1 .22 C .2 -.05 .9 -.05 .85 .3 C .8 .6 .4 .95 .15 .95 C -.05 .95 .1 .7 .35 .85 C .6 1 .8 1 .95 .9',
  ],
  [
    'M .1 .12 C .3 -.06 .9 -.05 .85 .25 C .82 .45 .55 .48 .4 .48 C .65 .48 .95 .55 .92 .77 C .88 1.06 .3 1.06 .06 .86',
    'M .1 0 L .85 0 L .45 .4 C .8 .4 .95 .55 .92 .75 C .88 1.05 .3 1.06 .06 .86',
  ],
  [
    'M .7 1 L .7 0 L .05 .68 L .97 .68',
    'M .15 0 C .12 .2 .1 .35 .12 .5 L .9 .5 M .8 .05 L .75 1',
  ],
  [
    'M .88 0 L .2 0 L .14 .45 C .4 .32 .92 .35 .92 .68 C .92 1.05 .35 1.08 .06 .88',
    'M .9 .02 L .3 .05 C .2 .2 .2 .3 .18 .42 C .5 .4 .9 .5 .85 .75 C .8 1 .3 1.05 .08 .95',
  ],
  [
    'M .8 .04 C .4 .1 .08 .4 .08 .7 C .08 1.1 .92 1.1 .92 .7 C .92 .4 .3 .35 .1 .65',
    'M .6 0 C .3 .2 .1 .5 .12 .75 C .15 1.05 .75 1.05 .78 .78 C .8 .5 .35 .5 .15 .72',
  ],
  [
    'M .05 0 L .92 0 L .4 1',
    'M .05 .02 L .92 .02 L .4 1 M .25 .5 L .85 .5',
    'M .05 .1 C .3 .05 .7 0 .9 .03 C .7 .35 .5 .65 .45 1',
  ],
  [
    'M .5 .47 C .1 .4 .1 0 .5 0 C .9 0 .9 .4 .5 .47 C 0 .55 -.02 1 .5 1 C 1.02 1 1 .55 .5 .47',
    'M .82 .12 C .6 -.06 .15 -.02 .18 .24 C .22 .48 .85 .52 .85 .78 C .85 1.06 .12 1.06 .14 .76 C .16 .52 .75 .45 .82 .12',
  ],
  [
    'M .9 .3 C .88 -.1 .08 -.1 .08 .3 C .08 .68 .88 .65 .9 .3 C .92 .55 .85 .8 .6 1',
    'M .85 .28 C .85 -.08 .1 -.08 .1 .28 C .1 .62 .8 .62 .85 .28 L .8 1',
  ],
];

/** Line segments per cubic curve; one pixel of error at most at 28 x 28. */
const SEGMENTS_PER_CURVE = 6;

/** A glyph as polylines: coordinates x0 y0 x1 y1 .., and whether a point continues the stroke before it. */
export interface Glyph {
  readonly points: Float64Array;
  readonly joined: Uint8Array;
}

/** The ways of writing each digit. */
export const GLYPHS: readonly (readonly Glyph[])[] = PATHS.map((variants) => variants.map(flatten));

function flatten(path: string): Glyph {
  const points: number[] = [];
  const joined: number[] = [];
  const add = (x: number, y: number, continues: boolean): void => {
    points.push(x, y);
    joined.push(continues ? 1 : 0);
  };
  for (const [, letter, text] of path.matchAll(/([MLC])([^MLC]*)/g)) {
    const c = text.trim().split(/\s+/).map(Number);
    if (letter === 'M') add(c[0], c[1], false);
    else if (letter === 'L') add(c[0], c[1], true);
    else {
      const [x0, y0] = [points.at(-2)!, points.at(-1)!];
      for (let i = 1; i <= SEGMENTS_PER_CURVE; i++) {
        const t = i / SEGMENTS_PER_CURVE;
        add(cubic(x0, c[0], c[2], c[4], t), cubic(y0, c[1], c[3], c[5], t), true);
      }
    }
  }
  return { points: Float64Array.from(points), joined: Uint8Array.from(joined) };
}

function cubic(p0: number, p1: number, p2: number, p3: number, t: number): number {
  const u = 1 - t;
  return u * u * u * p0 + 3 * u * u * t * p1 + 3 * u * t * t * p2 + t * t * t * p3;
}
