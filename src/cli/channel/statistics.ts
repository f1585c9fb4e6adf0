import { createChannel, type ChannelOptions } from '../../channel/index.js';
import { largeScaleMeasures } from '../../channel/inspect.js';
import { inputError } from '../../errors.js';
import { log10 } from '../../numerics/index.js';
import { fadingPowerCdf } from '../../radio/fading-power.js';
import { fadingMeasures, sampleFading, usualSampling, type FadingMeasure } from '../../radio/fading-measures.js';
import { POSITIVE, decibels, ratioOfDecibels, seconds } from '../../scenario/quantity.js';
import { single, wholeNumber } from '../options.js';
import { show, significant } from './output.js';
import { describeCell } from './path-loss.js';
import { parseOption, settingOf, type ChannelArguments } from './setting.js';

export interface StatisticsArguments extends ChannelArguments {
  readonly links?: unknown;
  readonly duration?: unknown;
  readonly step?: unknown;
  readonly threshold?: unknown;
  readonly json: boolean;
  readonly figure?: unknown;
}

const USUAL_LINKS = 400;
const MOST_SAMPLES = 20_000_000;
const THRESHOLD_DB = '-10 dB';

/** What many independent links of a model come to, beside the closed forms. */
export async function showStatistics(args: StatisticsArguments): Promise<void> {
  const setting = await settingOf(args, []);
  const links = linksOf(single('links', args.links), setting.channel, setting.clients);
  const channel = createChannel(setting.channel, { seed: setting.seed, clients: links });
  const threshold = ratioOfDecibels(parseOption('threshold', single('threshold', args.threshold) ?? THRESHOLD_DB, decibels()));
  const usual = usualSampling(channel, threshold);
  const durationS = durationOf('duration', args.duration) ?? usual.durationS;
  const stepS = durationOf('step', args.step) ?? usual.stepS;
  const sampling = { threshold, durationS, stepS };
  const samples = links * (durationS / stepS + 1);
  if (samples > MOST_SAMPLES) throw inputError('BAD_OPTION', `--links, --duration and --step ask for ${Math.floor(samples)} samples`, { expected: `at most ${MOST_SAMPLES}` });
  const powers = sampleFading(channel, sampling);
  const thresholdDb = Number((10 * log10(threshold)).toFixed(6));
  const rows: FadingMeasure[] = [
    ...largeScaleMeasures(channel, setting.channel),
    ...fadingMeasures(channel, powers, sampling),
  ];
  await show({
    rows,
    heading: `${describeCell(setting)}; ${links} links over ${significant(durationS)} s in steps of ${significant(stepS)} s, fades below ${thresholdDb} dB of the mean`,
    fields: [
      { title: 'quantity', of: ({ quantity, unit }) => (unit === '' ? quantity : `${quantity} (${unit})`) },
      { title: 'measured', of: ({ measured }) => significant(measured) },
      { title: 'standard error', of: ({ standardError }) => significant(standardError) },
      { title: 'closed form', of: ({ closedForm }) => significant(closedForm) },
    ],
    drawing: () => ({ template: 'statistics', title: 'Distribution of the small-scale fading', rows: distribution(powers, (power) => mixtureCdf(channel, power)) }),
  }, args);
}

const durationOf = (option: string, written: unknown): number | null => {
  const text = single(option, written);
  return text === null ? null : parseOption(option, text, seconds(POSITIVE));
};

/** Positions and traces that are written down are of so many clients and no more. */
function linksOf(written: string | null, { placement, motion }: ChannelOptions, clients: number | null): number {
  const given = placement.kind === 'explicit' ? placement.positions.length : motion.kind === 'trace' ? (clients ?? 1) : null;
  if (written === null) return given ?? USUAL_LINKS;
  const links = wholeNumber('links', written, 1, 100_000);
  if (given === null || given === links) return links;
  throw inputError('BAD_OPTION', `--links is ${links}, and the scenario writes down where ${given} clients are`, { expected: `--links ${given}, or none` });
}

/** Share of the samples below each level, every decibel. */
function distribution(powers: readonly Float64Array[], cdf: (power: number) => number) {
  const all = Float64Array.from(powers.flatMap((row) => [...row])).toSorted();
  return Array.from({ length: 41 }, (_, i) => i - 30).flatMap((fadingDb) => {
    const level = ratioOfDecibels(fadingDb);
    let below = 0;
    for (let low = 0, high = all.length; low < high; below = low) {
      const middle = (low + high) >> 1;
      if (all[middle] < level) low = middle + 1;
      else high = middle;
    }
    return [{ fadingDb, share: below / all.length, of: 'measured' }, { fadingDb, share: cdf(level), of: 'closed form' }];
  }).filter(({ share }) => share > 1e-4);
}

/** The distribution over the links as they are at the start. */
function mixtureCdf(channel: ReturnType<typeof createChannel>, power: number): number {
  let sum = 0;
  for (let client = 0; client < channel.clients; client++) sum += fadingPowerCdf(channel.fadingStatistics(client, 0), power);
  return sum / channel.clients;
}
