import { createChannel } from '../../channel/index.js';
import { traceLink, type LinkSample } from '../../channel/inspect.js';
import { inputError } from '../../errors.js';
import { log10 } from '../../numerics/index.js';
import { bandOf, interferenceOf } from '../../radio/inspect.js';
import { POSITIVE, metres, seconds } from '../../scenario/quantity.js';
import { single, wholeNumber } from '../options.js';
import { decimals, show } from './output.js';
import { describeCell, type DistanceArguments } from './path-loss.js';
import { parseOption, refuseOutside, settingOf } from './setting.js';

export interface TraceArguments extends DistanceArguments {
  readonly client?: unknown;
  readonly duration?: unknown;
  readonly step?: unknown;
}

interface TraceRow extends LinkSample {
  /** How far interferers raise the noise; 0 without any. */
  readonly interferenceDb: number;
  /** Over noise and, where there is any, interference. */
  readonly snrDb: number;
}

const MOST_SAMPLES = 1_000_000;

/** One client's link over time: where it is, what it loses, and its signal-to-noise ratio in its share of the band. */
export async function showTrace(args: TraceArguments): Promise<void> {
  const start = single('distance', args.distance);
  const startM = start === null ? null : parseOption('distance', start, metres(POSITIVE));
  const setting = await settingOf(args, []);
  const client = wholeNumber('client', single('client', args.client) ?? '0', 0, (setting.clients ?? 1) - 1);
  const durationS = parseOption('duration', single('duration', args.duration) ?? '10 s', seconds());
  const stepS = parseOption('step', single('step', args.step) ?? '100 ms', seconds(POSITIVE));
  if (durationS / stepS > MOST_SAMPLES) throw inputError('BAD_OPTION', `--duration and --step ask for ${Math.floor(durationS / stepS)} samples`, { expected: `at most ${MOST_SAMPLES}` });
  if (startM !== null) refuseOutside('distance', startM, [setting.range.minDistanceM, setting.range.maxDistanceM], setting.channel.pathLoss.model, 1, 'm');
  const options = startM === null ? setting.channel : { ...setting.channel, placement: { kind: 'ring' as const, distance: startM } };
  const channel = createChannel(options, { seed: setting.seed, clients: setting.clients ?? 1 });
  const snrPerGainDb = 10 * log10(bandOf(setting.radio, channel, setting).snrPerGain);
  const interference = interferenceOf(setting.radio, channel);
  const riseDb = (timeS: number): number => (interference === null ? 0 : 10 * log10(interference.rise(setting.direction, client, timeS)));
  const rows = traceLink(channel, client, setting.direction, durationS, stepS).map((sample): TraceRow => {
    const interferenceDb = riseDb(sample.timeS);
    return { ...sample, interferenceDb, snrDb: sample.gainDb + snrPerGainDb - interferenceDb };
  });
  await show({
    rows,
    heading: `${describeCell(setting)}, ${setting.direction} of client ${client}, ${setting.sharing} ${setting.sharing === 1 ? 'client' : 'clients'} in the band`,
    fields: [
      { title: 'time (s)', of: (row) => decimals(row.timeS, 4) },
      { title: 'x (m)', of: (row) => decimals(row.xM, 2) },
      { title: 'y (m)', of: (row) => decimals(row.yM, 2) },
      { title: 'distance (m)', of: (row) => decimals(row.distanceM, 2) },
      { title: 'line of sight', of: (row) => (row.lineOfSight ? 'yes' : 'no') },
      { title: 'path loss (dB)', of: (row) => decimals(row.pathLossDb, 2) },
      { title: 'shadowing (dB)', of: (row) => decimals(row.shadowingDb, 2) },
      { title: 'fading (dB)', of: (row) => decimals(row.fadingDb, 2) },
      { title: 'gain (dB)', of: (row) => decimals(row.gainDb, 2) },
      ...(interference === null ? [] : [{ title: 'interference (dB)', of: (row: TraceRow) => decimals(row.interferenceDb, 2) }]),
      { title: interference === null ? 'SNR (dB)' : 'SINR (dB)', of: (row) => decimals(row.snrDb, 2) },
    ],
    drawing: () => ({ template: 'trace', title: `Link of client ${client}`, rows: rows.map(({ timeS, lineOfSight, gainDb, snrDb, distanceM, pathLossDb, shadowingDb }) => ({ timeS, lineOfSight, gainDb, snrDb, distanceM, largeScaleDb: -pathLossDb - shadowingDb })) }),
  }, args);
}
