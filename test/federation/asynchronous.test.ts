import type { Snapshot } from '../../src/federation/synchronous.js';
import { describe, expect, it } from 'vitest';
import { thawTrial } from '../../src/experiment/checkpoint.js';
import type { Trial } from '../../src/experiment/trials.js';
import type { ClientJob } from '../../src/federation/contract.js';
import { NODE_STATES, type Radio } from '../../src/radio/contract.js';
import { stream, uniformInteger } from '../../src/random/index.js';
import { inThreadExecutor, trialsOf } from '../experiment/in-thread.js';
import { runTrial } from './in-protocol.js';

const FEDBUFF = 'protocol={kind: async, concurrency: 3, aggregation: {kind: fedbuff, buffer: 2}}';
const FEDASYNC = 'protocol={kind: async, concurrency: 2, aggregation: {kind: fedasync}}';

async function trialOf(scheme: string, protocol: string, ...more: string[]): Promise<Trial> {
  return (await trialsOf('smoke', [`schemes=[${scheme}]`, protocol, ...more])).create(0);
}

/** Sum of a column. */
const sumOf = <Row>(rows: readonly Row[], value: (row: Row) => number): number => rows.reduce((sum, row) => sum + value(row), 0);

describe('the asynchronous protocol', () => {
  it('with one client at a time and a buffer of one is one training after the other', async () => {
    const trial = await trialOf('{name: fedavg}', 'protocol={kind: async, concurrency: 1, aggregation: {kind: fedbuff, buffer: 1}}');
    const { rounds } = await runTrial(trial);
    const { setup } = trial;
    const codec = setup.asynchronous!.codec;
    const executor = inThreadExecutor(trial);
    const weights = Float32Array.from(setup.world.initialWeights);
    const served = [0, 0, 0, 0];
    for (let turn = 0; turn < 4; turn++) {
      const client = uniformInteger(stream(setup.world.seed, 'asynchronous participation', turn), 4);
      const number = served[client]++;
      const downlink = codec.downlink({ client, number }, null, weights).bytes;
      const { upload } = await executor.train({ round: number, client, weight: 1, learningRate: setup.learningRate(turn), downlink, state: undefined });
      if ('silent' in upload) throw new Error('silent');
      codec.upload({ client, number }, upload.bytes).values.forEach((change, j) => (weights[j] += change));
      const { loss, accuracy } = await executor.evaluate(weights);
      expect([rounds[turn].loss, rounds[turn].accuracy]).toEqual([loss, accuracy]);
    }
  });

  it('keeps the asked number of clients under way, each in one thing at a time, all of them where there are fewer', async () => {
    for (const [concurrency, expected] of [[1, 1], [3, 3], [9, 4]]) {
      const { setup, ...trial } = await trialOf('{name: fedavg}', `protocol={kind: async, concurrency: ${concurrency}, aggregation: {kind: fedbuff, buffer: 3}}`);
      const addressed: number[] = [];
      let ended = 0;
      await runTrial({
        ...trial,
        setup: {
          ...setup,
          openRadio(kernel, state) {
            const radio = setup.openRadio(kernel, state);
            return {
              ...radio,
              unicast(client, bytes, onEnd) {
                addressed.push(client);
                expect(addressed.length - ended).toBeLessThanOrEqual(expected);
                radio.unicast(client, bytes, (delivery) => {
                  if (!delivery.delivered) ended++;
                  onEnd(delivery);
                });
              },
              uplink(client, bytes, onEnd) {
                radio.uplink(client, bytes, (delivery) => {
                  ended++;
                  onEnd(delivery);
                });
              },
            };
          },
        },
      });
      expect(new Set(addressed.slice(0, expected)).size).toBe(expected);
      // Twelve uploads arrived; who was under way at the end was cut off.
      expect(addressed.length).toBeGreaterThanOrEqual(12);
    }
  });

  it('weighs each upload by the versions it has missed', async () => {
    const buffered = await runTrial(await trialOf('{name: fedavg}', 'protocol={kind: async, concurrency: 4, aggregation: {kind: fedbuff, buffer: 1}}', 'task.rounds=30'));
    const weights = buffered.clients.filter(({ outcome }) => outcome === 'delivered').map(({ weight }) => weight);
    const stalenesses = weights.map((weight) => 1 / (weight * weight) - 1);
    expect(weights).toHaveLength(30);
    for (const staleness of stalenesses) expect(Math.abs(staleness - Math.round(staleness))).toBeLessThan(1e-9);
    expect(weights[0]).toBe(1);
    expect(Math.max(...stalenesses)).toBeGreaterThan(1);
    // Every version is one upload, so that over time each of four clients misses the three of the others.
    expect(sumOf(stalenesses, (staleness) => staleness) / 30).toBeLessThanOrEqual(3 + 1e-9);
  });

  it('counts in a round what arrived in it, and tells who it leaves at work', async () => {
    const trial = await trialOf('{name: fedavg}', FEDBUFF, 'task.rounds=8');
    const { rounds, clients } = await runTrial(trial);
    const fedavgBytes = 4 * trial.setup.world.layout.size + 7;
    for (const row of rounds) {
      expect(row.uploads).toBe(2);
      expect(row.uploads + row.lost + row.skipped + row.late).toBe(row.participants);
      // The last round cuts transfers off, and their bits are bits sent.
      if (row.lost === 0 && row.round < 7) expect(row.uplink_bits).toBe(2 * 8 * fedavgBytes);
      const ofRound = clients.filter(({ round }) => round === row.round);
      expect(sumOf(ofRound, ({ uplink_bits }) => uplink_bits)).toBe(row.uplink_bits);
      expect(sumOf(ofRound, ({ energy_total_j }) => energy_total_j)).toBeCloseTo(row.round_energy_j, 12);
    }
    rounds.slice(1).forEach((row, index) => expect(row.sim_time_s - row.round_time_s).toBeCloseTo(rounds[index].sim_time_s, 12));
    const atWork = clients.filter(({ outcome }) => outcome === 'under-way');
    expect(atWork.length).toBeGreaterThan(0);
    const asleep = clients.filter(({ outcome, energy_sleep_j, energy_total_j }) => outcome === 'absent' && energy_sleep_j === energy_total_j);
    expect(asleep.length).toBeGreaterThan(0);
    // Who is at work pays for it before anything has arrived.
    for (const row of atWork.filter(({ energy_sleep_j }) => energy_sleep_j === 0)) {
      expect(row.energy_receive_j + row.energy_transmit_j + row.energy_compute_j + row.energy_idle_j).toBeGreaterThan(0);
    }
  });

  it('adds the energies of all packets up to those of the states, cut off transfers included', async () => {
    for (const protocol of [FEDBUFF, FEDASYNC]) {
      const { rounds, packets, clients } = await runTrial(await trialOf('{name: fixed, options: {bits: 8}}', protocol, 'results.packets=true'));
      const states = rounds.at(-1)!.communication_energy_j;
      const ofPackets = sumOf(packets, (row) => (row.direction === 'uplink' ? row.transmit_j : row.receive_j));
      expect(Math.abs(ofPackets - states)).toBeLessThan(1e-9 * states);
      expect(Math.abs(sumOf(clients, ({ energy_total_j }) => energy_total_j) - rounds.at(-1)!.energy_total_j)).toBeLessThan(1e-9 * states);
    }
  });

  it('lets the times of each client in its states add up to the time that has passed', async () => {
    const { setup, ...trial } = await trialOf('{name: fedavg}', FEDBUFF);
    const radios: Radio[] = [];
    const openRadio: typeof setup.openRadio = (kernel, state) => {
      const radio = setup.openRadio(kernel, state);
      radios.push(radio);
      return radio;
    };
    const { rounds } = await runTrial({ ...trial, setup: { ...setup, openRadio } });
    for (let client = 0; client < 4; client++) {
      expect(sumOf(NODE_STATES, (state) => radios[0].ledger.timeS(client, state))).toBeCloseTo(rounds.at(-1)!.sim_time_s, 12);
    }
  });

  it('learns with every scheme that it takes, from gradients too', async () => {
    const schemes = ['{name: fedavg}', '{name: fixed, options: {bits: 8}}', '{name: fixed, options: {bits: 6, variant: B}}', '{name: top-k}', '{name: qsgd, options: {downlink: [{quantize: {bits: 8}}, {entropy: rans}]}}', '{name: fedmrn}'];
    for (const scheme of schemes) {
      const { rounds } = await runTrial(await trialOf(scheme, 'protocol={kind: async, concurrency: 4, aggregation: {kind: fedbuff, buffer: 4}}', 'task.rounds=15', 'training.learningRate=0.01'));
      expect(rounds.at(-1)!.loss, scheme).toBeLessThan(rounds[0].loss);
    }
    const { rounds } = await runTrial(await trialOf('{name: fedavg}', FEDASYNC, 'training.input=gradient', 'task.rounds=20'));
    expect(rounds.at(-1)!.loss).toBeLessThan(rounds[0].loss);
  });

  it('does the same in rounds of many uploads as in rounds of one', async () => {
    const single = await runTrial(await trialOf('{name: fedavg}', FEDASYNC, 'task.rounds=12'));
    const triple = await runTrial(await trialOf('{name: fedavg}', 'protocol={kind: async, concurrency: 2, aggregation: {kind: fedasync, uploadsPerRound: 3}}', 'task.rounds=4'));
    const every3rd = single.rounds.filter(({ round }) => round % 3 === 2);
    expect(triple.rounds.map(({ loss, sim_time_s, energy_total_j }) => [loss, sim_time_s, energy_total_j]))
      .toEqual(every3rd.map(({ loss, sim_time_s, energy_total_j }) => [loss, sim_time_s, energy_total_j]));
  });

  it('gives up where nothing ever arrives', async () => {
    const trial = await trialOf('{name: fedavg}', FEDBUFF, 'radio.uplink.power=-120 dBm', 'task.rounds=1');
    await expect(runTrial(trial)).rejects.toMatchObject({ code: 'NOTHING_ARRIVES', exitCode: 1 });
  });
});

describe('an asynchronous trial that was interrupted', () => {
  it('goes on from the snapshot of any round to the same rows, with transfers and trainings under way', async () => {
    for (const [scheme, protocol] of [['{name: fedavg}', FEDBUFF], ['{name: top-k}', FEDBUFF], ['{name: fixed}', FEDASYNC]]) {
      const trial = await trialOf(scheme, protocol, 'results.packets=true', 'task.rounds=6', 'compute.frequency=50 MHz');
      const whole = await runTrial(trial);
      expect(whole.rounds).toHaveLength(6);
      const results = whole.snapshots.flatMap((bytes) => thawTrial(bytes).exchanges!.underWay.map(({ result }) => result));
      expect([results.includes(null), results.some((result) => result !== null)]).toEqual([true, true]);
      for (const [round, snapshot] of whole.snapshots.entries()) {
        const rest = await runTrial(trial, snapshot);
        expect(rest.rounds).toEqual(whole.rounds.slice(round + 1));
        expect(rest.clients).toEqual(whole.clients.filter((row) => row.round > round));
        expect(rest.packets).toEqual(whole.packets.filter((row) => row.round > round));
        expect(rest.snapshots.map((bytes) => Buffer.concat([...bytes]).toString('base64')))
          .toEqual(whole.snapshots.slice(round + 1).map((bytes) => Buffer.concat([...bytes]).toString('base64')));
      }
    }
  });

  it('trains nothing again but what was being trained', async () => {
    const trial = await trialOf('{name: fedavg}', FEDBUFF, 'task.rounds=6', 'compute.frequency=50 MHz');
    const count = async (from: Snapshot | null) => {
      const jobs: ClientJob[] = [];
      const executor = inThreadExecutor(trial);
      const rows = await runTrial(trial, from, {
        executor: {
          evaluate: (weights) => executor.evaluate(weights),
          train(job) {
            jobs.push(job);
            return executor.train(job);
          },
        },
      });
      return { jobs, rows };
    };
    const whole = await count(null);
    const rest = await count(whole.rows.snapshots[3]);
    expect(rest.jobs.length).toBeLessThan(whole.jobs.length - 4);
    expect(whole.jobs).toEqual(expect.arrayContaining(rest.jobs));
  });

  it('can be killed in the middle of a round', async () => {
    const trial = await trialOf('{name: fedavg}', FEDBUFF, 'task.rounds=6', 'results.packets=true');
    const whole = await runTrial(trial);
    const kill = new AbortController();
    const kept: Snapshot[] = [];
    const executor = inThreadExecutor(trial);
    let jobs = 0;
    const killed = runTrial(trial, null, {
      signal: kill.signal,
      roundDone: (_, snapshot) => kept.push(snapshot),
      executor: {
        evaluate: (weights) => executor.evaluate(weights),
        train(job) {
          if (++jobs === 9) kill.abort(new Error('killed'));
          return executor.train(job);
        },
      },
    });
    await expect(killed).rejects.toThrow('killed');
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(6);
    const rest = await runTrial(trial, kept.at(-1));
    expect(rest.rounds).toEqual(whole.rounds.slice(kept.length));
    expect(rest.packets).toEqual(whole.packets.filter(({ round }) => round >= kept.length));
  });
});

describe('a scenario with an asynchronous protocol', () => {
  const refusal = (scheme: string, ...more: string[]) => trialOf(scheme, FEDBUFF, ...more).then(() => '', (error: unknown) => (error as Error).message);

  it('is refused with the reason where a scheme needs rounds', async () => {
    expect(await refusal('{name: laq}')).toMatch(/laq builds its messages on state that server and clients change together/);
    expect(await refusal('{name: signsgd}')).toMatch(/signsgd decides its step over all uploads of a round together/);
    expect(await refusal('{name: fedaq}')).toMatch(/"fedaq" are planned, and a planner plans rounds/);
    expect(await refusal('{name: fixed, options: {downlinkBits: planned}}')).toMatch(/planned/);
  });

  it('is refused where it sets what belongs to rounds, or names no protocol', async () => {
    const attempt = (protocol: string) => trialOf('{name: fedavg}', protocol).then(() => '', (error: unknown) => (error as Error).message);
    expect(await attempt('protocol={kind: async, deadline: 1 s}')).toMatch(/deadline/);
    expect(await attempt('protocol={kind: sometimes}')).toMatch(/one of synchronous, async/);
    expect(await attempt('protocol={kind: async, concurrency: 0}')).toMatch(/concurrency/);
  });

  it('may give one scheme a protocol of its own, beside others in rounds', async () => {
    const trials = await trialsOf('smoke', ['schemes=[{name: fedavg}, {name: fedavg, label: buffered, protocol: {kind: async, concurrency: 4, aggregation: {buffer: 4, kind: fedbuff}}}]']);
    expect([0, 1].map((index) => trials.create(index).setup.asynchronous === null)).toEqual([true, false]);
    const [rounds, buffered] = [await runTrial(trials.create(0)), await runTrial(trials.create(1))];
    expect(buffered.rounds.map(({ uploads }) => uploads)).toEqual([4, 4, 4, 4]);
    // Nobody waits for the slowest.
    expect(buffered.rounds.at(-1)!.sim_time_s).toBeLessThan(rounds.rounds.at(-1)!.sim_time_s);
  });
});
