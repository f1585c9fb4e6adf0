import { createChannel } from '../../channel/index.js';
import { linkBudget, type LinkBudget } from '../../radio/inspect.js';
import { bits } from '../../scenario/quantity.js';
import { single } from '../options.js';
import { formatEnergy } from '../format.js';
import { decimals, show, significant } from './output.js';
import { describeCell, distancesOf, RANGE_POINTS, significantDistance, type DistanceArguments } from './path-loss.js';
import { parseOption, settingOf, type Setting } from './setting.js';

export interface LinkArguments extends DistanceArguments {
  readonly message?: unknown;
}

interface LinkRow extends Omit<LinkBudget, 'quote'> {
  /** Per payload bit, at the sender and at the receivers. */
  readonly transmitterJPerBit: number;
  readonly receiverJPerBit: number;
  readonly attemptFailure: number;
  /** Of a message of the asked size. */
  readonly messageJ: number;
  readonly messageS: number;
}

/** Points of a range where clients share the band packet by packet: messages of all of them are played at each. */
const SHARED_POINTS = 9;
const WITHOUT_SCENARIO = ['channel.fading={kind: none}'];

/** What a link at a distance is worth: ratio, rate, scheme, losses, energy and time. Without shadowing, and without fading unless there is a scenario or --fading. */
export async function showLink(args: LinkArguments): Promise<void> {
  const setting = await settingOf(args, single('fading', args.fading) === null ? WITHOUT_SCENARIO : []);
  const messageBits = parseOption('message', single('message', args.message) ?? '1 MB', bits({ min: 1 }));
  const points = setting.radio.uplink.access.kind === 'fdma' ? RANGE_POINTS : SHARED_POINTS;
  const rows = distancesOf(args.distance, setting, points).map((distanceM) => rowOf(setting, distanceM, messageBits));
  await show({
    rows,
    heading: `${describeCell(setting)}, ${setting.direction}, ${setting.sharing} ${setting.sharing === 1 ? 'client' : 'clients'} in the band`,
    fields: [
      { title: 'distance (m)', of: (row) => significantDistance(row.distanceM) },
      { title: 'path loss (dB)', of: (row) => decimals(row.pathLossDb, 2) },
      { title: 'power (dBm)', of: (row) => decimals(row.radiatedDbm, 1) },
      { title: 'band (MHz)', of: (row) => significant(row.bandwidthHz / 1e6) },
      { title: 'SNR (dB)', of: (row) => decimals(row.snrDb, 2) },
      ...(setting.radio.interference.kind === 'none' ? [] : [
        { title: 'interference (dB)', of: (row: LinkRow) => decimals(row.interferenceDb, 2) },
        { title: 'SINR (dB)', of: (row: LinkRow) => decimals(row.sinrDb, 2) },
      ]),
      { title: 'rate (Mbit/s)', of: (row) => significant(row.rateBitPerS / 1e6) },
      ...(setting.radio.rate.kind === 'nr'
        ? [{ title: 'scheme', of: ({ modulationCodingScheme: scheme }: LinkRow) => (scheme === null ? '-' : `${scheme.index}: ${scheme.name}, CQI ${scheme.indicator}`) }]
        : []),
      { title: 'block errors', of: (row) => significant(row.blockErrorRate) },
      { title: 'failed attempts', of: (row) => significant(row.attemptFailure) },
      { title: 'energy per bit (nJ)', of: (row) => significant(row.transmitterJPerBit * 1e9) },
      { title: 'message', of: (row) => `${formatEnergy(row.messageJ)} in ${significant(row.messageS)} s` },
    ],
    drawing: () => ({
      template: 'link', title: 'Rate and energy of the link',
      rows: rows.map(({ distanceM, sinrDb, rateBitPerS, transmitterJPerBit }) => ({ distanceM, snrDb: sinrDb, rateMbitPerS: rateBitPerS / 1e6, energyNjPerBit: transmitterJPerBit * 1e9 })),
    }),
  }, args);
}

function rowOf({ channel: options, radio, direction, sharing, seed }: Setting, distanceM: number, messageBits: number): LinkRow {
  const placed = { ...options, shadowing: { kind: 'none' as const }, placement: { kind: 'ring' as const, distance: distanceM } };
  const channel = createChannel(placed, { seed, clients: sharing });
  const { quote, ...budget } = linkBudget(radio, channel, { direction, sharing }, messageBits / 8);
  return {
    ...budget,
    distanceM,
    transmitterJPerBit: quote.transmitterJPerBit,
    receiverJPerBit: quote.receiversJPerBit,
    attemptFailure: quote.attemptFailure,
    messageJ: quote.transmitterJPerBit * messageBits + quote.transmitterJPerMessage,
    messageS: quote.secondsPerBit * messageBits + quote.secondsPerMessage,
  };
}
