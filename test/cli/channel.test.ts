import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line.js';

const channel = (...args: string[]) => commandLine(['channel', ...args]);
const json = async (...args: string[]) => JSON.parse((await channel(...args, '--json')).stdout);
/** Every scenario that comes with the package. */
const scenarioNames = readdirSync('scenarios').filter((file) => file.endsWith('.yaml')).map((file) => file.replace('.yaml', ''));
const figureFile = (name: string): string => join(mkdtempSync(join(tmpdir(), 'wfl-channel-')), name);

describe('channel path-loss', () => {
  it('prints distances and losses of a model, shadowing off', async () => {
    const rows = await json('path-loss', '--model', '3gpp-uma', '--condition', 'los', '--frequency', '3.5GHz', '--base-height', '25m', '--client-height', '1.5m', '--distance', '100m,200m');
    // 28 + 22 log10(sqrt(100^2 + 23.5^2)) + 20 log10(3.5), and the reference's own number.
    expect(rows).toEqual([{ distanceM: 100, pathLossDb: expect.closeTo(83.1382, 4) }, { distanceM: 200, pathLossDb: expect.closeTo(89.5695, 4) }]);
  });

  it.each([
    ['3gpp-umi', 'nlos', '3.5GHz', '100m', 104.6438],
    ['3gpp-rma', 'nlos', '5GHz', '1000m', 133.5223],
    ['3gpp-inh', 'los', '5GHz', '50m', 75.775],
    ['free-space', null, '2.4GHz', '1km', 100.052],
    ['cost231-hata', null, '1800MHz', '1km', 136.197],
    ['3gpp-36814-macro', null, '2GHz', '250m', 105.463],
  ])('knows the reference loss of %s %s', async (model, condition, frequency, distance, lossDb) => {
    const heights = model === '3gpp-inh' ? ['--client-height', '1.5m'] : model === 'free-space' ? ['--base-height', '0m', '--client-height', '0m'] : [];
    const [row] = await json('path-loss', '--model', model, ...(condition === null ? [] : ['--condition', condition]), '--frequency', frequency, '--distance', distance, ...heights);
    expect(row.pathLossDb).toBeCloseTo(lossDb, 3);
  });

  it('takes the cell of a scenario, and ranges of distances', async () => {
    const rows = await json('path-loss', '--scenario', 'urban-10clients', '--set', 'channel.pathLoss.condition=nlos', '--distance', '10m..100m');
    expect(rows).toHaveLength(41);
    expect(rows[0].distanceM).toBe(10);
    expect(rows[40]).toEqual({ distanceM: 100, pathLossDb: expect.closeTo(104.6438, 4) });
  });

  it('prints a table for people, with both states where the model knows them', async () => {
    const { stdout } = await channel('path-loss', '--model', '3gpp-uma', '--distance', '200m');
    expect(stdout).toContain('3gpp-uma at 3.5 GHz, base station at 25 m, clients at 1.5 m, without shadowing');
    expect(stdout).toMatch(/distance \(m\) +path loss \(dB\) +line of sight \(dB\) +blocked \(dB\) +P\(line of sight\)/);
    expect(stdout).toMatch(/200 +111\.\d+ +89\.570 +114\.462 +0\.1280/);
  });

  it.each([
    [['--model', '3gpp-uma', '--distance', '9m'], '--distance 9 m is outside what the path loss model "3gpp-uma" is stated for; expected 10 m to 5000 m'],
    [['--model', '3gpp-uma', '--distance', '100m,6km'], '--distance 6000 m is outside'],
    [['--model', '3gpp-uma', '--frequency', '200GHz'], '--frequency 200 GHz is outside what the path loss model "3gpp-uma" is stated for; expected 0.5 GHz to 100 GHz'],
    [['--model', '3gpp-uma', '--base-height', '5m'], '--base-height 5 m is outside what the path loss model "3gpp-uma" is stated for; expected 10 m to 150 m'],
    [['--model', '3gpp-uma', '--client-height', '30m'], '--client-height 30 m is outside what the path loss model "3gpp-uma" is stated for; expected 1.5 m to 22.5 m'],
    [['--model', '3gpp-uam'], 'there is no path loss model named "3gpp-uam" (did you mean "3gpp-uma"?)'],
    [['--model', 'free-space', '--condition', 'los'], '--condition is given, and the path loss model "free-space" does not tell line of sight from blocked'],
    [['--model', '3gpp-umi', '--set', 'channel.pathLoss.office=open'], '--set channel.pathLoss.office=open'],
    [['--condition', 'loss'], '--condition is "loss"; expected one of los, nlos, probabilistic'],
    [['--distance', '10kg'], '--distance "10kg": "kg" is not a unit of length'],
    [['--distance', '-5m'], '--distance -5 m is outside'],
    [['--distance', '200m..100m'], '--distance is "200m..100m"; expected distances such as 100m,200m'],
    [['--distance', '100m', '--figure', 'loss.gif'], 'the figure file "loss.gif" ends neither in .svg nor in .png'],
    [['--distnce', '10m'], 'there is no option "--distnce" (did you mean "--distance"?)'],
  ])('refuses %j with exit code 2', async (args, sentence) => {
    const { exitCode, stdout, stderr } = await channel('path-loss', ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.replace(/^wfl-sim: /, '').startsWith(sentence), stderr).toBe(true);
  });
});

describe('channel trace', () => {
  it('follows one client of a scenario: gains add up, and the ratio is the gain plus a constant', async () => {
    const rows = await json('trace', '--scenario', 'urban-10clients', '--client', '3', '--duration', '1s', '--step', '100ms');
    expect(rows).toHaveLength(11);
    const offset = rows[0].snrDb - rows[0].gainDb;
    for (const row of rows) {
      expect(row.gainDb).toBeCloseTo(row.fadingDb - row.pathLossDb - row.shadowingDb, 9);
      expect(row.snrDb - row.gainDb).toBeCloseTo(offset, 9);
      expect(Math.hypot(row.xM, row.yM)).toBeCloseTo(row.distanceM, 9);
      expect(typeof row.lineOfSight).toBe('boolean');
    }
    // Full power of 23 dBm in a tenth of 10 MHz, noise figure 5 dB: 23 - (-174 + 60 + 5).
    expect(offset).toBeCloseTo(132, 6);
  });

  it('starts where it is told and moves as fast', async () => {
    const rows = await json('trace', '--distance', '80m', '--speed', '36km/h', '--duration', '2s', '--step', '1s', '--fading', 'none');
    expect(rows[0].distanceM).toBeCloseTo(80, 9);
    expect(Math.hypot(rows[1].xM - rows[0].xM, rows[1].yM - rows[0].yM)).toBeCloseTo(10, 6);
    expect(rows[1].fadingDb).toBeCloseTo(0, 9);
  });

  it('refuses clients that are not there, and too many samples', async () => {
    expect(await channel('trace', '--scenario', 'smoke', '--client', '4')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--client is "4"; expected a whole number from 0 to 3') });
    expect(await channel('trace', '--duration', '10h', '--step', '1us')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('samples; expected at most') });
  });
});

describe('channel trace with other cells', () => {
  it('takes what they raise the noise by off the ratio, on and off as their slots go', async () => {
    const args = ['trace', '--direction', 'downlink', '--duration', '500ms', '--step', '10ms'];
    const quiet = await json(...args);
    const noisy = await json(...args, '--set', 'radio.interference={kind: explicit, slot: 50 ms, interferers: [{direction: downlink, x: 200 m, y: 0 m, power: 33 dBm, activity: 0.5}]}');
    const rises = noisy.map(({ interferenceDb }: { interferenceDb: number }) => interferenceDb);
    noisy.forEach((row: { gainDb: number; snrDb: number }, i: number) => {
      expect(row.gainDb).toBe(quiet[i].gainDb);
      expect(row.snrDb).toBeCloseTo(quiet[i].snrDb - rises[i], 9);
    });
    expect(rises.some((rise: number) => rise === 0)).toBe(true);
    expect(rises.some((rise: number) => rise > 1)).toBe(true);
    // The rises change between slots of 50 ms only but for the client's walk of 8 mm between looks.
    for (let slot = 0; slot < 10; slot++) expect(Math.abs(rises[5 * slot + 1] - rises[5 * slot + 3])).toBeLessThan(0.1);
  });
});

describe('channel statistics', () => {
  const measured = async (...args: string[]) => new Map<string, { measured: number; closedForm: number | null }>((await json('statistics', ...args)).map((row: { quantity: string }) => [row.quantity, row]));

  /** Tolerances for 400 links over ten Doppler periods, some 8,000 independent moments. */
  it.each([
    ['rayleigh', ['--fading', 'rayleigh', '--threshold', '-5dB'], ['mean power', 'standard deviation of the power', 'outage probability', 'level crossings', 'mean length of a fade', 'coherence time (correlation of the power 1/2)']],
    ['block fading', ['--set', 'channel.fading={kind: rayleigh, mode: block, coherenceTime: 10 ms}'], ['mean power', 'outage probability', 'level crossings', 'coherence time (correlation of the power 1/2)']],
    ['nakagami', ['--set', 'channel.fading={kind: nakagami, shape: 2.5}', '--threshold', '-5dB'], ['mean power', 'standard deviation of the power', 'outage probability', 'level crossings']],
    // At the carrier every tap is Rayleigh, and so is their sum.
    ['tapped delay line', ['--set', 'channel.fading={kind: tdl, profile: A, delaySpread: 100 ns}', '--set', 'channel.pathLoss.condition=nlos', '--threshold', '-5dB'], ['mean power', 'standard deviation of the power', 'outage probability', 'level crossings', 'mean length of a fade', 'coherence time (correlation of the power 1/2)']],
    ['rician', ['--set', 'channel.fading={kind: rician, kFactor: 6 dB}', '--set', 'channel.pathLoss.condition=los', '--threshold', '-5dB'], ['mean power', 'standard deviation of the power', 'outage probability', 'level crossings', 'mean length of a fade', 'coherence time (correlation of the power 1/2)']],
  ])('of %s agree with the closed forms within 8 %%', async (_, args, quantities) => {
    const rows = await measured(...args);
    for (const quantity of quantities) {
      const { measured: value, closedForm } = rows.get(quantity)!;
      expect(Math.abs(value / closedForm! - 1), quantity).toBeLessThan(0.08);
    }
  });

  it('say how far chance may have carried them', async () => {
    const rows = (await json('statistics', '--links', '60', '--fading', 'rayleigh')) as { quantity: string; measured: number; closedForm: number | null; standardError: number }[];
    for (const { quantity, measured: value, closedForm, standardError } of rows) {
      expect(standardError, quantity).toBeGreaterThan(0);
      if (closedForm !== null) expect(Math.abs(value - closedForm), quantity).toBeLessThan(5 * standardError);
    }
    const { stdout } = await channel('statistics', '--links', '10');
    expect(stdout).toMatch(/quantity +measured +standard error +closed form/);
  });

  it('know the outage of Rayleigh fading and its crossings at 3 km/h and 3.5 GHz', async () => {
    const rows = await measured('--fading', 'rayleigh', '--speed', '3km/h');
    expect(rows.get('outage probability')!.closedForm).toBeCloseTo(1 - Math.exp(-0.1), 9);
    // sqrt(2 pi) 9.729 sqrt(0.1) exp(-0.1)
    expect(rows.get('level crossings')!.closedForm).toBeCloseTo(6.978, 3);
  });

  it('measure states and shadowing of the model: 400 links, sigma within four standard errors', async () => {
    const rows = await measured('--model', '3gpp-umi');
    const share = rows.get('share in line of sight')!;
    expect(Math.abs(share.measured - share.closedForm!)).toBeLessThan(4 * Math.sqrt(0.16 / 400));
    const sigma = rows.get('shadowing sigma, blocked')!;
    expect(sigma.closedForm).toBeCloseTo(7.82, 9);
    expect(Math.abs(sigma.measured / 7.82 - 1)).toBeLessThan(4 / Math.sqrt(2 * 300));
  });

  it('of a static cell have nothing that changes in time', async () => {
    const rows = await measured('--scenario', 'static-10clients');
    expect(rows.get('level crossings')!.measured).toBeNull();
    expect(rows.get('mean power')).toMatchObject({ measured: 1, closedForm: 1 });
  });
});

describe('channel link', () => {
  it('is worth what the formulas say', async () => {
    const [row] = await json('link', '--model', '3gpp-umi', '--condition', 'nlos', '--distance', '100m', '--power', '20dBm', '--bandwidth', '5MHz', '--sharing', '2');
    // 20 dBm - 104.6438 dB - (-174 + 10 log10(2.5 MHz) + 5 dB)
    expect(row.snrDb).toBeCloseTo(20 - 104.6438 + 169 - 63.9794, 3);
    const efficiency = Math.log2(1 + 10 ** ((row.snrDb - 1) / 10));
    expect(row.rateBitPerS).toBeCloseTo(efficiency * 2.5e6, 0);
    expect(row.blockErrorRate).toBe(0);
    expect(row.modulationCodingScheme).toBeNull();
    // Amplifier and circuit while sending, header and check sum (43 of 1543 bytes) and the answers' reception included.
    const onAirJ = (0.1 / 0.35 + 0.1) / row.rateBitPerS;
    expect(row.transmitterJPerBit / (onAirJ * (1543 / 1500))).toBeGreaterThan(1);
    expect(row.transmitterJPerBit / (onAirJ * (1543 / 1500))).toBeLessThan(1.2);
    expect(row.messageJ / (8e6 * row.transmitterJPerBit)).toBeCloseTo(1, 2);
  });

  it('names scheme and quality indicator in 5G NR, and falls with distance', async () => {
    const rows = await json('link', '--set', 'radio.rate={kind: nr}', '--distance', '20m,100m,200m', '--message', '100kB');
    expect(rows[0].modulationCodingScheme).toEqual({ index: 27, name: '256QAM 948/1024', indicator: 15 });
    expect(rows[2].modulationCodingScheme.index).toBeLessThan(rows[1].modulationCodingScheme.index);
    expect(rows[2].messageS).toBeGreaterThan(rows[0].messageS);
    expect((await channel('link', '--set', 'radio.rate={kind: nr}', '--distance', '100m')).stdout).toContain('CQI');
  });

  it('takes the rate of slots that are filled with OFDMA, and of one packet in whole slots without', async () => {
    const rowOf = async (access: string, direction = 'uplink') => (await json('link', '--distance', '100m', '--condition', 'nlos', '--sharing', '4', '--direction', direction, '--set', 'radio.rate={kind: nr}', '--set', `radio.uplink.access=${access}`))[0];
    const ofdma = await rowOf('ofdma');
    // 51 of 52 resource blocks for data, 156 elements in each of a slot of 1 ms, 64QAM 772/1024.
    expect(ofdma.modulationCodingScheme.name).toBe('64QAM 772/1024');
    expect(ofdma.bandwidthHz).toBeCloseTo(51 * 180e3, 3);
    expect(ofdma.rateBitPerS).toBeCloseTo(Math.floor(51 * 156 * 6 * (772 / 1024)) / 1e-3, 3);
    expect((await rowOf('tdma')).rateBitPerS).toBeCloseTo(12_344 / 1e-3, 3);
    // Shares of the band are sent into one after the other with a turn, side by side without.
    for (const [access, radiatedDbm] of [['tdma', 33], ['fdma', 33 - 10 * Math.log10(4)]] as const) expect((await rowOf(access, 'downlink')).radiatedDbm).toBeCloseTo(radiatedDbm, 6);
  });

  it('counts power control and interference of other cells', async () => {
    const neighbours = ['--set', 'radio.interference={kind: neighbours, distance: 500 m, load: 50 %, clients: 2}'];
    const link = ['link', '--distance', '100m', '--condition', 'nlos', '--direction', 'downlink'];
    const [quiet] = await json(...link);
    const [noisy] = await json(...link, ...neighbours);
    expect(quiet).toMatchObject({ interferenceDb: 0, sinrDb: quiet.snrDb });
    // Stations of 33 dBm at half load, six of them at 400 m to 600 m, over noise of -95 dBm.
    const lossDb = (distanceM: number): number => 22.4 + 35.3 * Math.log10(Math.hypot(distanceM, 8.5)) + 21.3 * Math.log10(3.5);
    const places = [0, 1, 2, 3, 4, 5].map((site) => Math.hypot(100 - 500 * Math.cos((site * Math.PI) / 3), 500 * Math.sin((site * Math.PI) / 3)));
    const rise = 1 + places.reduce((sum, distanceM) => sum + 0.5 * 10 ** ((33 - lossDb(distanceM) + 95) / 10), 0);
    expect(noisy.interferenceDb).toBeCloseTo(10 * Math.log10(rise), 6);
    expect(noisy.sinrDb).toBeCloseTo(noisy.snrDb - noisy.interferenceDb, 9);
    expect(noisy.rateBitPerS).toBeCloseTo(10e6 * Math.log2(1 + 10 ** ((noisy.sinrDb - 1) / 10)), 0);
    expect((await channel(...link, ...neighbours)).stdout).toMatch(/SNR \(dB\) +interference \(dB\) +SINR \(dB\)/);
    const [controlled] = await json('link', '--distance', '50m', '--condition', 'nlos', '--set', 'radio.uplink.powerControl={kind: open-loop, target: -90 dBm}');
    expect(controlled.radiatedDbm).toBeCloseTo(Math.min(23, -90 + lossDb(50) + 10 * Math.log10(10e6 / 180e3)), 6);
  });

  it.each(scenarioNames)('answers for the cell of %s', async (scenario) => {
    const rows = await json('link', '--scenario', scenario);
    expect(rows.length).toBeGreaterThanOrEqual(9);
    for (const row of rows) {
      expect(row.messageJ).toBeGreaterThan(0);
      expect(row.messageS).toBeGreaterThan(0);
    }
    expect(rows[rows.length >> 1].rateBitPerS).toBeGreaterThan(0);
  }, 60_000);

  it('shares the band of a scenario among the participants of a round', async () => {
    const [row] = await json('link', '--scenario', 'async-50', '--distance', '100m');
    expect(row.bandwidthHz).toBe(1e6);
  });

  it.each([[['--power', '0W'], '--power "0W": '], [['--message', '5'], '--message "5": '], [['--direction', 'up'], '--direction is "up"'], [['--sharing', '0'], '--sharing is "0"']])('refuses %j', async (args, sentence) => {
    expect(await channel('link', '--distance', '100m', ...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) });
  });
});

describe('channel', () => {
  it.each([
    ['path-loss', 'Path loss (dB)'], ['trace', 'SNR (dB)'], ['statistics', 'Share of samples below'], ['link', 'Rate (Mbit/s)'],
  ])('%s draws a figure', async (command, axis) => {
    const file = figureFile('figure.svg');
    const { exitCode } = await channel(command, '--figure', file);
    expect(exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(axis);
  });

  it('draws PNG too', async () => {
    const file = figureFile('figure.png');
    await channel('path-loss', '--model', '3gpp-inh', '--figure', file);
    expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  });

  it('without a known part is one sentence and exit code 2', async () => {
    expect(await channel()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the command is missing what it works on') });
    expect(await channel('tracee')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('did you mean "trace"') });
  });
});
