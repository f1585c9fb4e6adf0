/**
 * Simulated packet attempts per second of CPU time on one core: uploads of 400 packets by 50
 * clients of one cell, with channel, link adaptation, acknowledgements and energy ledger.
 *
 *   npm run bench:radio [-- --json] [-- --packets 400]
 */
import { channelSchema, createChannel } from '../dist/channel/index.js';
import { createKernel } from '../dist/des/index.js';
import { createRadio, radioSchema } from '../dist/radio/index.js';

const CLIENTS = 50;
const REPETITIONS = 3;
const packetsOption = process.argv.indexOf('--packets');
const packets = packetsOption < 0 ? 400 : Number(process.argv[packetsOption + 1]);

const CASES = [
  ['Shannon, block fading', { fading: { kind: 'rician', mode: 'block' } }, {}],
  ['Shannon, continuous fading', {}, {}],
  ['5G NR with HARQ, block fading', { fading: { kind: 'rician', mode: 'block' } }, { rate: { kind: 'nr' } }],
  ['5G NR with HARQ, continuous fading', {}, { rate: { kind: 'nr' } }],
];

async function attemptsPerSecond(channelOptions, radioOptions) {
  const kernel = createKernel();
  const channel = createChannel(channelSchema.parse(channelOptions), { seed: 1, clients: CLIENTS });
  const radio = createRadio(radioSchema.parse(radioOptions), { kernel, channel, clients: CLIENTS });
  const clients = Array.from({ length: CLIENTS }, (_, client) => client);
  radio.openRound(clients);
  let best = 0;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    let attempts = 0;
    const before = process.cpuUsage().user;
    for (const client of clients) radio.uplink(client, 1500 * packets, (delivery) => { attempts += delivery.attempts; });
    await kernel.run();
    best = Math.max(best, attempts / ((process.cpuUsage().user - before) / 1e6));
  }
  return best;
}

const results = [];
for (const [name, channel, radio] of CASES) results.push({ name, attemptsPerSecond: Math.round(await attemptsPerSecond(channel, radio)) });
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(results)}\n`);
else for (const { name, attemptsPerSecond: rate } of results) process.stdout.write(`${name.padEnd(36)} ${rate.toLocaleString('en')} attempts/s\n`);
