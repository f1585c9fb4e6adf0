import type { TopLevelSpec } from 'vega-lite';
import { runError } from '../errors.js';
import type { Figure } from './figure.js';
import { FONT_FILES, readTextWidth, type TextWidth } from './fonts.js';
import { FONT_FAMILY } from './theme.js';

/** Picture elements per pixel of the specification: 288 per inch, what printers ask for. */
export const PNG_SCALE = 3;

/** Draws specifications; created once, because loading the drawing libraries takes most of a second. */
export interface Renderer {
  /** A figure as a standalone SVG. */
  svg(figure: Figure): Promise<string>;
  /** An SVG as PNG at PNG_SCALE. */
  png(svg: string): Uint8Array;
}

export async function createRenderer(textWidth: TextWidth): Promise<Renderer> {
  const [vega, { compile }, { Resvg }] = await Promise.all([import('vega'), import('vega-lite'), import('@resvg/resvg-js')]);
  measureWith(vega, textWidth);
  const warnings: string[] = [];
  const logger = {
    ...vega.logger(vega.Warn),
    warn: (...messages: readonly unknown[]) => {
      warnings.push(messages.map(String).join(' '));
      return logger;
    },
  };
  return {
    async svg({ name, specification }) {
      warnings.length = 0;
      if (!isSpecification(specification)) throw notDrawn(name, 'its template has no marks');
      try {
        const compiled = compile(specification, { logger });
        if (warnings.length > 0) throw new Error(warnings.join('; '));
        const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logLevel: vega.Error });
        const svg = await view.toSVG();
        view.finalize();
        return svg;
      } catch (cause) {
        throw notDrawn(name, String(cause), cause);
      }
    },
    png(svg) {
      const font = { loadSystemFonts: false, fontFiles: [...FONT_FILES], defaultFontFamily: FONT_FAMILY, sansSerifFamily: FONT_FAMILY };
      return new Resvg(svg, { fitTo: { mode: 'zoom', value: PNG_SCALE }, font }).render().asPng();
    },
  };
}

/** Without a canvas Vega guesses the width of texts, a third too wide; the font itself knows better. */
function measureWith(vega: object, textWidth: TextWidth): void {
  const boldWidth = readTextWidth(FONT_FILES[1]);
  const textMetrics: unknown = Reflect.get(vega, 'textMetrics');
  if (typeof textMetrics !== 'object' || textMetrics === null) throw new Error('this version of Vega has no textMetrics');
  const width = (item: { readonly fontSize?: number; readonly fontWeight?: string | number }, text: string | number | null | undefined): number =>
    text === null || text === undefined ? 0 : (item.fontWeight === 'bold' ? boldWidth : textWidth)(String(text), item.fontSize ?? 11);
  Object.assign(textMetrics, { width });
}

const isSpecification = (value: object): value is TopLevelSpec => ['mark', 'layer', 'hconcat', 'vconcat', 'concat', 'facet', 'repeat', 'spec'].some((key) => key in value);
const notDrawn = (name: string, reason: string, cause?: unknown): Error => runError('FIGURE_NOT_DRAWN', `the figure ${name} cannot be drawn: ${reason}`, { cause });
