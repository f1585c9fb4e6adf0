import { describe, expect, it } from 'vitest';
import { schemes } from '../../src/compression/schemes/table.js';
import { runTrial, trialsOf } from '../experiment/in-thread.js';

const ofScheme = (scheme: string): string => `schemes=[${scheme}]`;

describe('the synchronous protocol', () => {
  it('goes on from the snapshot of any round to the same rows as without a break', async () => {
    const trials = await trialsOf('smoke', ['results.packets=true']);
    for (let index = 0; index < trials.count; index++) {
      const whole = await runTrial(trials.create(index));
      expect(whole.rounds).toHaveLength(4);
      for (const [round, snapshot] of whole.snapshots.entries()) {
        const rest = await runTrial(trials.create(index), snapshot);
        expect(rest.rounds).toEqual(whole.rounds.slice(round + 1));
        expect(rest.clients).toEqual(whole.clients.filter((row) => row.round > round));
        expect(rest.packets).toEqual(whole.packets.filter((row) => row.round > round));
      }
    }
  });

  // Links on which uploads get lost, and a cell that not everybody is done with in time: states are settled in every way.
  const POOR = ['radio.uplink.power=-15 dBm', 'protocol.deadline=200 ms', 'task.rounds=5'];
  const carried = schemes.entries.flatMap(({ name, inputs }) => inputs.map((input) => [name, input] as const));

  it.each(carried)('keeps everything that %s with input %s needs in the snapshot of a round', async (name, input) => {
    const trials = await trialsOf('smoke', [ofScheme(`{name: ${name}}`), `training.input=${input}`, ...POOR]);
    const whole = await runTrial(trials.create(0));
    for (const round of [0, 2]) {
      const rest = await runTrial(trials.create(0), whole.snapshots[round]);
      expect(rest.rounds).toEqual(whole.rounds.slice(round + 1));
      expect(rest.clients).toEqual(whole.clients.filter((row) => row.round > round));
      // What is frozen from there on is the same to the last bit, also where it shows in no row yet.
      expect(rest.snapshots.map((bytes) => Buffer.concat([...bytes]).toString('base64'))).toEqual(whole.snapshots.slice(round + 1).map((bytes) => Buffer.concat([...bytes]).toString('base64')));
    }
  });

  it('ends a round at its deadline: who is not done is late, has spent energy, and teaches nothing', async () => {
    const free = await runTrial((await trialsOf('smoke', [ofScheme('{name: fedavg}')])).create(0));
    const shortest = Math.min(...free.rounds.map(({ round_time_s }) => round_time_s));
    const deadlineS = 0.8 * shortest;
    const limited = await runTrial((await trialsOf('smoke', [ofScheme('{name: fedavg}'), `protocol.deadline=${deadlineS} s`])).create(0));
    for (const row of limited.rounds) {
      expect(row.round_time_s).toBeLessThanOrEqual(deadlineS * (1 + 1e-12));
      expect(row.uploads + row.lost + row.late + row.skipped).toBe(row.participants);
    }
    const [first] = limited.rounds;
    expect(first.late).toBeGreaterThan(0);
    const late = limited.clients.filter(({ round, outcome }) => round === 0 && outcome === 'late');
    for (const client of late) expect(client.energy_transmit_j + client.energy_compute_j).toBeGreaterThan(0);
  });

  it('leaves the model as it is where the deadline is too short for anybody', async () => {
    const { rounds } = await runTrial((await trialsOf('smoke', [ofScheme('{name: fedavg}'), 'protocol.deadline=1 ms'])).create(0));
    expect(rounds.every(({ uploads }) => uploads === 0)).toBe(true);
    expect(new Set(rounds.map(({ loss }) => loss)).size).toBe(1);
  });

  it('lets every scheme meet the same participants and the same links', async () => {
    const trials = await trialsOf('smoke', ['protocol.participation={kind: random, perRound: 2}', 'channel.motion={kind: static}']);
    const [fedavg, fixed] = [await runTrial(trials.create(0)), await runTrial(trials.create(1))];
    const links = (rows: typeof fedavg) => rows.clients.map(({ client, round, outcome, distance_m, gain_db, los }) => [client, round, outcome === 'absent', distance_m, gain_db, los]);
    expect(links(fedavg)).toEqual(links(fixed));
    expect(fedavg.rounds.every(({ participants }) => participants === 2)).toBe(true);
    expect(new Set(fedavg.clients.filter(({ outcome }) => outcome !== 'absent').map(({ client }) => client)).size).toBeGreaterThan(2);
  });

  it('plans at most the budget in every round, by network and by clients, whatever the budget', async () => {
    for (const covers of ['network', 'clients']) {
      for (const budget of ['5 mJ', '20 mJ', '60 mJ * 0.8^round', '10 J']) {
        const trials = await trialsOf('smoke', [ofScheme('{name: fedaq}'), `budget.energyPerRound=${budget}`, `budget.covers=${covers}`]);
        const { rounds } = await runTrial(trials.create(0));
        for (const { planned_energy_j, budget_j, dropped, participants } of rounds) {
          expect(planned_energy_j!).toBeLessThanOrEqual(budget_j! * (1 + 1e-12));
          expect(dropped + participants).toBe(4);
        }
      }
    }
  });

  it('adds the energies of the packets up to those of the states', async () => {
    const { rounds, packets, clients } = await runTrial((await trialsOf('smoke', [ofScheme('{name: fixed, options: {bits: 8}}'), 'results.packets=true'])).create(0));
    for (const { round, round_communication_energy_j } of rounds) {
      const states = clients.filter((row) => row.round === round).reduce((sum, row) => sum + row.energy_transmit_j + row.energy_receive_j, 0);
      expect(Math.abs(states - round_communication_energy_j)).toBeLessThan(1e-9 * states);
      // What clients pay of a packet: sending on the uplink, listening on the downlink.
      const ofPackets = packets.filter((row) => row.round === round).reduce((sum, row) => sum + (row.direction === 'uplink' ? row.transmit_j : row.receive_j), 0);
      expect(Math.abs(ofPackets - states)).toBeLessThan(1e-9 * states);
    }
  });
});
