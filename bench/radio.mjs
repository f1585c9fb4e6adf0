/**
 * Simulated packet attempts per second of processor time on one core, and the memory after one and
 * after ten times the simulated time: uploads by the 100 clients of one cell, with channel, link
 * adaptation, acknowledgements and energy ledger. Beside it, in the same run, what ns-3 needs for the
 * nearest it has (`bench/ns3/cell.cc`), where its headers are installed (Debian: libns3-dev).
 *
 *   npm run bench:radio [-- --json] [-- --packets 300] [-- --no-ns3]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { channelSchema, createChannel } from '../dist/channel/index.js';
import { createKernel } from '../dist/des/index.js';
import { createRadio, radioSchema } from '../dist/radio/index.js';
import { measureNs3 } from './ns3/measure.mjs';

const CLIENTS = 100;
/** The best counts: other work on the machine only ever adds time. */
const REPETITIONS = 12;
const packetsOption = process.argv.indexOf('--packets');
const packets = packetsOption < 0 ? 300 : Number(process.argv[packetsOption + 1]);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const BLOCK_FADING = { fading: { kind: 'rician', mode: 'block' } };
/** 273 resource blocks of 360 kHz, two for each client. */
const NR_FDMA = { rate: { kind: 'nr', subcarrierSpacing: '30 kHz' }, uplink: { bandwidth: '100 MHz' }, downlink: { bandwidth: '100 MHz' } };
/** Every transmission over all 52 resource blocks of 10 MHz, one at a time. */
const NR_TDMA = { rate: { kind: 'nr' }, uplink: { access: 'tdma' } };
const SELECTIVE = { fading: { kind: 'tdl', profile: 'A', lineOfSightProfile: 'D' } };

const CASES = [
  { name: 'Shannon, block fading', channel: BLOCK_FADING, radio: {}, target: null },
  { name: 'Shannon, continuous fading', channel: {}, radio: {}, target: null },
  { name: '5G NR with HARQ, block fading', channel: BLOCK_FADING, radio: NR_FDMA, target: null },
  { name: '5G NR with HARQ, continuous flat fading', channel: {}, radio: NR_FDMA, target: 300_000 },
  { name: '5G NR with HARQ, TDL over 52 blocks', channel: SELECTIVE, radio: NR_TDMA, target: 50_000, share: 0.25 },
];

function memoryMb() {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

async function measure({ channel: channelOptions, radio: radioOptions, share = 1 }) {
  const kernel = createKernel();
  const channel = createChannel(channelSchema.parse(channelOptions), { seed: 1, clients: CLIENTS });
  const radio = createRadio(radioSchema.parse(radioOptions), { kernel, channel, clients: CLIENTS });
  const clients = Array.from({ length: CLIENTS }, (_, client) => client);
  radio.openRound(clients);
  const bytes = 1500 * Math.ceil(packets * share);
  /** Attempts per second of processor time in the time that it takes to upload once. */
  const uploads = async () => {
    let attempts = 0;
    const before = process.cpuUsage().user;
    for (const client of clients) radio.uplink(client, bytes, (delivery) => { attempts += delivery.attempts; });
    await kernel.run();
    return attempts / ((process.cpuUsage().user - before) / 1e6);
  };
  let best = await uploads();
  const simulatedS = kernel.now;
  const memoryAfterMb = memoryMb();
  for (let repetition = 1; repetition < REPETITIONS || kernel.now < 10 * simulatedS; repetition++) best = Math.max(best, await uploads());
  return { attemptsPerSecond: Math.round(best), simulatedS, memoryAfterMb, longerS: kernel.now, memoryAfterLongerMb: memoryMb() };
}

const caseOption = process.argv.indexOf('--case');
if (caseOption >= 0) {
  process.stdout.write(JSON.stringify(await measure(CASES[Number(process.argv[caseOption + 1])])));
  process.exit(0);
}
/** Each case in a process of its own, as a study has one kind of radio: the compiler adapts code to what it has seen. */
const results = CASES.map(({ name, target }, index) => {
  const words = [fileURLToPath(import.meta.url), '--case', String(index), '--packets', String(packets)];
  return { name, target, ...JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) };
});
const selective = results[results.length - 1];
const peer = process.argv.includes('--no-ns3') ? { skipped: 'it was not wanted (--no-ns3)' } : measureNs3(CLIENTS, SELECTIVE);

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ clients: CLIENTS, results, ns3: peer })}\n`);
} else {
  for (const { name, attemptsPerSecond, target, simulatedS, memoryAfterMb, longerS, memoryAfterLongerMb } of results) {
    const wanted = target === null ? '' : ` (wanted: ${target.toLocaleString('en')})`;
    process.stdout.write(
      `${name.padEnd(42)} ${attemptsPerSecond.toLocaleString('en').padStart(9)} attempts/s${wanted}\n` +
      `${''.padEnd(42)} memory ${memoryAfterMb.toFixed(1)} MB after ${simulatedS.toFixed(1)} s of simulated time, ${memoryAfterLongerMb.toFixed(1)} MB after ${longerS.toFixed(1)} s\n`,
    );
  }
  if (peer.skipped !== undefined) {
    process.stdout.write(`ns-3: skipped, since ${peer.skipped}\n`);
  } else {
    process.stdout.write(
      `${'ns-3: LTE with HARQ, fading trace over 50 blocks'.padEnd(48)} ${Math.round(peer.attemptsPerSecond).toLocaleString('en')} attempts/s\n` +
      `wfl-sim over ns-3: ${(selective.attemptsPerSecond / peer.attemptsPerSecond).toFixed(1)} times the attempts per second (what differs: bench/ns3/cell.cc)\n`,
    );
  }
}
