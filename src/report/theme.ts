import type { JsonRecord } from './json.js';

/**
 * How all figures look: colours that colour-blind readers can tell apart (M. Okabe and K. Ito,
 * "Color Universal Design", 2008), together with a dash and a shape of its own for each scheme, so
 * that a figure also survives a black-and-white print.
 */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#8C6D1F'];
const DASHES = [[1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [9, 2, 2, 2, 2, 2], [12, 4]];
const HOURGLASS = 'M-0.9,-0.9L0.9,-0.9L-0.9,0.9L0.9,0.9Z';
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right', 'triangle-left', HOURGLASS];

/** What marks the scheme of that place in the study; colour, dash and shape repeat with different periods. */
export const schemeColour = (index: number): string => COLOURS[index % COLOURS.length];
export const schemeDash = (index: number): readonly number[] => DASHES[index % DASHES.length];
export const schemeShape = (index: number): string => SHAPES[index % SHAPES.length];

export const FONT_FAMILY = 'DejaVu Sans';
const FONT_STACK = `${FONT_FAMILY}, Verdana, sans-serif`;
const INK = '#222222';

/** Vega-Lite configuration of every figure; a template may override any of it. */
export const FIGURE_CONFIG: JsonRecord = {
  background: 'white',
  padding: 8,
  font: FONT_STACK,
  view: { stroke: null },
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: '#E4E4E4',
    labelLimit: 0,
    titleLimit: 0,
    titlePadding: 8,
  },
  legend: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: INK,
    titleColor: INK,
    labelLimit: 0,
    titleLimit: 0,
    orient: 'bottom',
    offset: 14,
    symbolOpacity: 1,
    symbolSize: 70,
    symbolStrokeWidth: 0,
    rowPadding: 4,
    columnPadding: 18,
  },
  header: { labelFontSize: 12, titleFontSize: 12, labelColor: INK, titleColor: INK, labelLimit: 0 },
  text: { font: FONT_STACK, fontSize: 11, color: INK },
};

/** Room of a legend entry besides its text: symbol and padding, in pixels. */
const LEGEND_ENTRY_EXTRA = 40;
const MAX_LEGEND_COLUMNS = 3;

/** As many legend columns as fit under a figure of that width without clipping the longest label, at least one. */
export function legendColumns(labels: readonly string[], figureWidth: number, textWidth: (text: string, fontSize: number) => number): number {
  const widest = Math.max(0, ...labels.map((label) => textWidth(label, 11)));
  return Math.max(1, Math.min(MAX_LEGEND_COLUMNS, Math.floor(figureWidth / (widest + LEGEND_ENTRY_EXTRA))));
}
