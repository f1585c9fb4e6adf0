import { describe, expect, it } from 'vitest';
import { createKernel } from '../../src/des/index.js';
import { BASE_STATION, NODE_STATES } from '../../src/radio/contract.js';
import type { PacketRecord } from '../../src/radio/contract.js';
import { createRadio, radioSchema } from '../../src/radio/index.js';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import { stream } from '../../src/random/index.js';
import { createCell } from './cell-fixture.js';
import type { TestCell } from './cell-fixture.js';

const CLIENTS = 5;

/** A round of random traffic: broadcast, computing, uploads of random sizes, sometimes cut off by a deadline. */
async function playRound({ kernel, radio }: TestCell, round: number): Promise<void> {
  const draws = stream(7, 'traffic', round);
  const participants = Array.from({ length: CLIENTS }, (_, client) => client).filter(() => draws.uniform() < 0.8);
  radio.rest(new Set(participants));
  radio.openRound(participants);
  const deadline = draws.uniform() < 0.5 ? kernel.schedule(0.05 + draws.uniform() * 0.2, () => radio.abandonRound(), undefined, 'deadline') : null;
  let open = participants.length;
  const over = (): void => {
    open--;
    if (open === 0 && deadline !== null) kernel.cancel(deadline);
  };
  radio.broadcast(participants, Math.floor(draws.uniform() * 20_000), ({ client, delivered }) => {
    if (!delivered) return over();
    radio.compute(client, 0.01 + 0.1 * stream(7, 'work', round, client).uniform(), 0.7, () => {
      radio.uplink(client, Math.floor(stream(7, 'upload', round, client).uniform() * 30_000), over);
    });
  }, () => undefined);
  await kernel.run();
}

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1e-12, Math.abs(expected)));
}

function sumOverClients(of: (client: number) => number): number {
  return Array.from({ length: CLIENTS }, (_, client) => of(client)).reduce((a, b) => a + b, 0);
}

describe('energy ledger', () => {
  it.each([['broadcast', 1], ['broadcast', 2], ['unicast', 3]])('balances under random traffic (%s, seed %i)', async (mode, seed) => {
    const cell = createCell({ clients: CLIENTS, seed, radio: { downlink: { mode } } });
    const records: PacketRecord[] = [];
    cell.radio.onPacket = (record) => records.push(record);
    for (let round = 0; round < 12; round++) {
      await playRound(cell, round);
      await cell.kernel.runUntil(cell.kernel.now + 0.1);
    }
    const { ledger } = cell.radio;
    const elapsedS = cell.kernel.now;
    for (let client = 0; client < CLIENTS; client++) {
      expectClose(NODE_STATES.reduce((sum, state) => sum + ledger.timeS(client, state), 0), elapsedS);
      expectClose(ledger.energyJ(client, 'idle'), 0.02 * ledger.timeS(client, 'idle'));
      expectClose(ledger.energyJ(client, 'sleep'), 0.001 * ledger.timeS(client, 'sleep'));
      expectClose(ledger.energyJ(client, 'compute'), 0.7 * ledger.timeS(client, 'compute'));
      expectClose(ledger.energyJ(client, 'receive'), 0.3 * ledger.timeS(client, 'receive'));
      expectClose(ledger.energyJ(client, 'transmit'), (10 ** 2.3 * 1e-3 / 0.35 + 0.1) * ledger.timeS(client, 'transmit'));
    }
    const sum = (select: (record: PacketRecord) => boolean, of: (record: PacketRecord) => number): number =>
      records.filter(select).reduce((total, record) => total + of(record), 0);
    const up = (record: PacketRecord): boolean => record.direction === 'uplink';
    const down = (record: PacketRecord): boolean => record.direction === 'downlink';
    expectClose(sum(up, (r) => r.transmitJ), sumOverClients((client) => ledger.energyJ(client, 'transmit')));
    expectClose(sum(down, (r) => r.receiveJ), sumOverClients((client) => ledger.energyJ(client, 'receive')));
    expectClose(sum(down, (r) => r.transmitJ), ledger.energyJ(BASE_STATION, 'transmit'));
    expectClose(sum(up, (r) => r.receiveJ), ledger.energyJ(BASE_STATION, 'receive'));
    expect(records.some((record) => record.attempt > 1)).toBe(true);
    expectClose(ledger.baseStationJ().static, 56 * elapsedS);
    expect(ledger.clientsJ().sleep).toBeGreaterThan(0);
  });

  it('charges a transfer that a deadline cuts off up to that moment and no further', async () => {
    const cell = createCell({ clients: 1, seed: 2 });
    cell.radio.openRound([0]);
    let ended = 0;
    cell.radio.uplink(0, 10_000_000, (delivery) => {
      ended++;
      expect(delivery.delivered).toBe(false);
      expect(delivery.endS).toBe(0.25);
    });
    cell.kernel.schedule(0.25, () => cell.radio.abandonRound(), undefined, 'deadline');
    await cell.kernel.run();
    const { ledger } = cell.radio;
    expect(ended).toBe(1);
    expect(cell.kernel.pending).toBe(0);
    expectClose(ledger.timeS(0, 'transmit') + ledger.timeS(0, 'receive'), 0.25);
  });

  it('stops computing at a deadline and never reports its end', async () => {
    const cell = createCell({ clients: 1 });
    cell.radio.compute(0, 10, 0.5, () => expect.unreachable());
    cell.kernel.schedule(1, () => cell.radio.abandonRound(), undefined, 'deadline');
    await cell.kernel.run();
    expect(cell.radio.ledger.energyJ(0, 'compute')).toBeCloseTo(0.5, 12);
    cell.radio.uplink(0, 1, () => undefined);
    await cell.kernel.run();
  });

  it('goes on from a saved state to the same bytes', async () => {
    const whole = createCell({ clients: CLIENTS, seed: 3 });
    for (let round = 0; round < 8; round++) await playRound(whole, round);
    let resumed = createCell({ clients: CLIENTS, seed: 3 });
    for (let round = 0; round < 8; round++) {
      await playRound(resumed, round);
      const state = structuredClone(resumed.radio.state());
      const kernel = createKernel();
      await kernel.runUntil(state.timeS);
      const channel = createChannel(channelSchema.parse({}), { seed: 3, clients: CLIENTS });
      resumed = { kernel, channel, radio: createRadio(radioSchema.parse({}), { kernel, channel, clients: CLIENTS, state }) };
    }
    expect(JSON.stringify(resumed.radio.state())).toBe(JSON.stringify(whole.radio.state()));
  });

  it('refuses a state of another time, a busy client and computing without power', async () => {
    const cell = createCell({ clients: 1 });
    await cell.kernel.runUntil(1);
    expect(() => createCell({ clients: 1, state: cell.radio.state() })).toThrow(expect.objectContaining({ code: 'RADIO_STATE_TIME' }));
    expect(() => cell.radio.compute(0, 1, 0, () => undefined)).toThrow(expect.objectContaining({ code: 'RADIO_COMPUTE_POWER' }));
    cell.radio.compute(0, 1, 1, () => undefined);
    expect(() => cell.radio.uplink(0, 1, () => undefined)).toThrow(expect.objectContaining({ code: 'RADIO_BUSY' }));
    expect(() => cell.radio.uplink(5, 1, () => undefined)).toThrow(expect.objectContaining({ code: 'RADIO_UNKNOWN_CLIENT' }));
  });
});
