import type { Argv, Options } from 'yargs';
import { JSON_OPTION, SCENARIO_OPTIONS } from '../options.js';

const text = (describe: string): Options => ({ type: 'string', requiresArg: true, describe });

const CELL_OPTIONS = {
  ...SCENARIO_OPTIONS,
  set: { ...SCENARIO_OPTIONS.set, describe: 'change a value of channel or radio: path=value, such as "radio.rate={kind: nr}"; may be repeated' },
  scenario: text('scenario whose cell is looked at; without it the defaults, at the heights that the model is stated for'),
  model: text('path loss model: a name of "wfl-sim list channel-models"'),
  condition: text('los, nlos, or probabilistic: by the model\'s probability of line of sight'),
  frequency: text('carrier, such as 3.5GHz'),
  'base-height': text('height of the base station, such as 25m'),
  'client-height': text('height of the clients, such as 1.5m'),
  seed: text('seed of everything random; the one of the scenario, or 1'),
  figure: text('draw it into this file, SVG or PNG by its ending'),
  ...JSON_OPTION,
} satisfies Record<string, Options>;

const LINK_OPTIONS = {
  fading: text('small-scale fading: none, rayleigh, rician, ...'),
  direction: { ...text('uplink or downlink'), default: 'uplink' },
  power: text('radiated power, such as 23dBm'),
  bandwidth: text('whole band of that direction, such as 10MHz'),
  sharing: text('clients that share the band; those of a round of the scenario, or 1'),
} satisfies Record<string, Options>;

const distance = (describe: string) => ({ distance: text(describe) });
const TIMES = { duration: text('how long to look, such as 10s'), step: text('time between looks, such as 10ms') };

export const CHANNEL_COMMANDS = ['path-loss', 'trace', 'statistics', 'link'];

/** Names of the options that no other command has, for suggestions. */
export const CHANNEL_OPTION_NAMES = [
  ...Object.keys({ ...CELL_OPTIONS, ...LINK_OPTIONS, ...TIMES }), 'distance', 'client', 'speed', 'links', 'threshold', 'message',
];

/** `wfl-sim channel path-loss`, `trace`, `statistics` and `link`: models and links without a study. */
export function addChannel(cli: Argv): Argv {
  return cli.command('channel', 'Look at a path loss model or a link without running a study', (command) =>
    command
      .command(
        'path-loss',
        'Mean loss by distance, without shadowing',
        (sub) => sub.options({ ...CELL_OPTIONS, ...distance('distances such as 100m,200m, or a range such as 10m..1km; by default what the model is stated for') }),
        async (args) => (await import('../channel/path-loss.js')).showPathLoss(args),
      )
      .command(
        'trace',
        'One client\'s link over time: position, line of sight, losses, gain, signal-to-noise (and interference) ratio',
        (sub) => sub.options({
          ...CELL_OPTIONS, ...LINK_OPTIONS, ...TIMES, ...distance('where the client starts; as the scenario places it by default'),
          client: text('number of the client, from 0'),
          speed: text('speed of a random walk over the cell, such as 30km/h'),
        }),
        async (args) => (await import('../channel/trace.js')).showTrace(args),
      )
      .command(
        'statistics',
        'What many links come to, with standard errors, beside the closed forms: outage, level crossings, coherence time, shadowing',
        (sub) => sub.options({
          ...CELL_OPTIONS, fading: LINK_OPTIONS.fading, ...TIMES,
          speed: text('speed of a random walk over the cell, such as 30km/h'),
          links: text('independent links; 400 by default'),
          threshold: text('level of fades relative to the mean; -10dB by default'),
        }),
        async (args) => (await import('../channel/statistics.js')).showStatistics(args),
      )
      .command(
        'link',
        'What a link is worth by distance: signal-to-noise (and interference) ratio, rate while it sends, errors, energy per bit, time of a message',
        (sub) => sub.options({ ...CELL_OPTIONS, ...LINK_OPTIONS, ...distance('distances such as 100m,200m, or a range such as 10m..1km'), message: text('size of the message that is priced; 1MB by default') }),
        async (args) => (await import('../channel/link.js')).showLink(args),
      )
      .demandCommand(1, 1, 'Not enough non-option arguments'),
  );
}
