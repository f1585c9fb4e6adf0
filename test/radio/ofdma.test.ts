import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import { createKernel } from '../../src/des/index.js';
import { createRadio, radioSchema } from '../../src/radio/index.js';
import { BASE_STATION } from '../../src/radio/contract.js';
import type { Delivery, PacketRecord, RadioState } from '../../src/radio/contract.js';
import { createCell, RING, STILL } from './cell-fixture.js';
import type { TestCell } from './cell-fixture.js';

const SLOT_S = 1e-3;
const SCHEDULERS = ['round-robin', 'proportional-fair', 'max-rate'] as const;
const ofdma = (scheduler: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({ uplink: { access: { kind: 'ofdma', scheduler, ...more } } });

interface Run {
  readonly cell: TestCell;
  readonly records: PacketRecord[];
  readonly deliveries: Delivery[];
}

async function transfers(
  direction: 'uplink' | 'downlink', clients: number, bytes: number, radio: Record<string, unknown>, channel: Record<string, unknown> = STILL, untilS = Infinity,
): Promise<Run> {
  const cell = createCell({ clients, channel, radio });
  const records: PacketRecord[] = [];
  const deliveries: Delivery[] = [];
  cell.radio.onPacket = (record) => records.push(record);
  const all = Array.from({ length: clients }, (_, client) => client);
  cell.radio.openRound(all);
  for (const client of all) {
    if (direction === 'uplink') cell.radio.uplink(client, bytes, (delivery) => deliveries.push(delivery));
    else cell.radio.unicast(client, bytes, (delivery) => deliveries.push(delivery));
  }
  if (untilS === Infinity) await cell.kernel.run();
  else {
    await cell.kernel.runUntil(untilS);
    cell.radio.abandonRound();
  }
  return { cell, records, deliveries };
}

const dataOf = (records: readonly PacketRecord[]): PacketRecord[] => records.filter((record) => record.kind === 'data');

/** Data records by the slot they are in. */
function bySlot(records: readonly PacketRecord[], slotS = SLOT_S): PacketRecord[][] {
  const slots = new Map<number, PacketRecord[]>();
  for (const record of dataOf(records)) {
    const slot = Math.round(record.startS / slotS);
    expect(Math.abs(record.startS - slot * slotS)).toBeLessThan(1e-9);
    slots.set(slot, [...(slots.get(slot) ?? []), record]);
  }
  return [...slots.values()];
}

/** At unlike distances, with fading. */
const SPREAD = {
  ...RING, placement: { kind: 'explicit', positions: [60, 80, 100, 120, 150, 180].map((x) => [`${x} m`, '0 m']) }, fading: { kind: 'rayleigh', surroundingsSpeed: '10 km/h' },
};

describe('OFDMA', () => {
  it.each(SCHEDULERS)('gives no resource block to two clients in one slot (%s)', async (scheduler) => {
    const { records } = await transfers('uplink', 9, 40_000, { ...ofdma(scheduler), rate: { kind: 'nr' } }, RING);
    const slots = bySlot(records);
    expect(slots.length).toBeGreaterThan(30);
    for (const sent of slots) {
      // What the base station draws to receive goes by the share of the band; one block of 52 is kept for answers.
      const blocks = sent.map(({ receiveJ }) => (52 * receiveJ) / (1.3 * SLOT_S));
      for (const count of blocks) expect(count).toBeCloseTo(Math.round(count), 6);
      expect(blocks.reduce((sum, count) => sum + count, 0)).toBeLessThan(51.001);
      expect(new Set(sent.map(({ client }) => client)).size).toBe(sent.length);
    }
    // While all have much to send the grid is full.
    expect(slots[0].reduce((sum, { receiveJ }) => sum + (52 * receiveJ) / (1.3 * SLOT_S), 0)).toBeCloseTo(51, 6);
  });

  it('sends what fits into the blocks of a slot, with a check sum, and pads the last block', async () => {
    const bytes = 20_000;
    const { records, deliveries } = await transfers('uplink', 2, bytes, { ...ofdma('round-robin'), csi: { kind: 'perfect' } });
    const own = dataOf(records).filter(({ client }) => client === 0);
    const [{ snrDb, bits, receiveJ }] = own;
    const hertz = (10e6 * receiveJ) / (1.3 * SLOT_S);
    expect(bits).toBe(Math.floor(hertz * SLOT_S * Math.log2(1 + 10 ** (snrDb / 10))));
    expect(10 ** (snrDb / 10)).toBeGreaterThan(10);
    // 14 packets with a header each, a check sum in each block.
    const needed = 8 * bytes + 14 * 320 + 24 * own.length;
    const sent = own.reduce((sum, record) => sum + record.bits, 0);
    expect(sent).toBeGreaterThanOrEqual(needed);
    expect(sent - needed).toBeLessThan(own.at(-1)!.bits);
    expect(deliveries[0]).toMatchObject({ delivered: true, acknowledged: true, packets: 14, packetsReceived: 14, attempts: own.length, retransmissions: 0, sentBits: sent });
  });

  it('splits the power of a client over its blocks, and that of the base station over the band', async () => {
    const one = await transfers('uplink', 1, 20_000, { ...ofdma('round-robin'), csi: { kind: 'perfect' } });
    const two = await transfers('uplink', 2, 20_000, { ...ofdma('round-robin'), csi: { kind: 'perfect' } });
    const blocks = (record: PacketRecord): number => record.receiveJ;
    const [wide, narrow] = [one.records[0], two.records[0]];
    expect(narrow.snrDb - wide.snrDb).toBeCloseTo(10 * Math.log10(blocks(wide) / blocks(narrow)), 9);
    const down = await Promise.all([1, 2].map(async (clients) => (await transfers('downlink', clients, 20_000, ofdma('round-robin'))).records[0].snrDb));
    expect(down[0]).toBeCloseTo(down[1], 9);
  });

  it.each(SCHEDULERS)('is priced as it is charged on a static channel (%s)', async (scheduler) => {
    const bytes = 30_000;
    for (const direction of ['uplink', 'downlink'] as const) {
      const { cell, deliveries } = await transfers(direction, 6, bytes, ofdma(scheduler), { ...STILL, placement: SPREAD.placement });
      cell.radio.openRound([0, 1, 2, 3, 4, 5]);
      const quotes = deliveries.map(({ client }) => cell.radio.quote(direction, client, bytes));
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      const price = (perBit: number, perMessage: number): number => perBit * 8 * bytes + perMessage;
      // A scheduler that has begun goes on where it stopped: together they cost the same.
      expect(sum(quotes.map((quote) => price(quote.transmitterJPerBit, quote.transmitterJPerMessage))) / sum(deliveries.map(({ transmitJ }) => transmitJ))).toBeCloseTo(1, 9);
      expect(sum(quotes.map((quote) => price(quote.receiversJPerBit, quote.receiversJPerMessage))) / sum(deliveries.map(({ receiveJ }) => receiveJ))).toBeCloseTo(1, 9);
      expect(sum(quotes.map((quote) => price(quote.secondsPerBit, quote.secondsPerMessage))) / sum(deliveries.map(({ endS }) => endS))).toBeCloseTo(1, 9);
    }
  });

  it.each(['shannon', 'nr'])('is priced as it is charged on average over fading (%s)', async (kind) => {
    const bytes = 20_000;
    const clients = 5;
    let price = 0;
    let spent = 0;
    let seconds = 0;
    let expectedS = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const cell = createCell({ clients, seed, channel: RING, radio: { ...ofdma('round-robin'), rate: { kind } } });
      const all = [0, 1, 2, 3, 4];
      cell.radio.openRound(all);
      if (seed === 1) {
        for (const client of all) {
          const quote = cell.radio.quote('uplink', client, bytes);
          price += quote.transmitterJPerBit * 8 * bytes + quote.transmitterJPerMessage;
          expectedS += quote.secondsPerBit * 8 * bytes + quote.secondsPerMessage;
        }
      }
      for (const client of all) {
        cell.radio.uplink(client, bytes, ({ transmitJ, endS }) => {
          spent += transmitJ / 40;
          seconds += endS / 40;
        });
      }
      await cell.kernel.run();
    }
    // 200 messages in 40 cells: the standard error of their mean is about 4 %.
    expect(Math.abs(price / spent - 1)).toBeLessThan(0.15);
    expect(Math.abs(expectedS / seconds - 1)).toBeLessThan(0.15);
  });

  it('lets several blocks of a client be under way, unless it is half-duplex', async () => {
    const overlapping = (records: readonly PacketRecord[]): number => {
      const sorted = [...records].sort((a, b) => a.startS - b.startS);
      return sorted.slice(1).filter((record, i) => record.startS < sorted[i].startS + sorted[i].durationS - 1e-12).length;
    };
    const full = await transfers('uplink', 1, 40_000, ofdma('round-robin'));
    const half = await transfers('uplink', 1, 40_000, { ...ofdma('round-robin'), duplex: { kind: 'half' } });
    expect(overlapping(full.records)).toBeGreaterThan(5);
    expect(overlapping(half.records)).toBe(0);
    expect(half.deliveries[0].endS).toBeGreaterThan(1.8 * full.deliveries[0].endS);
    expect(half.deliveries[0].delivered).toBe(true);
  });

  it.each([
    ['uplink', { kind: 'full' }], ['downlink', { kind: 'full' }], ['uplink', { kind: 'half' }], ['downlink', { kind: 'half' }],
  ] as const)('books data and answers as what they are, beside each other too, and balances to 1e-9 (%s, %j duplex)', async (direction, duplex) => {
    for (const untilS of [Infinity, 0.0123]) {
      const { cell, records, deliveries } = await transfers(direction, 6, 40_000, { ...ofdma('round-robin'), duplex, rate: { kind: 'nr' } }, SPREAD, untilS);
      const { ledger } = cell.radio;
      const close = (actual: number, expected: number): void => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * expected);
      const sum = (of: (record: PacketRecord) => number): number => records.reduce((total, record) => total + of(record), 0);
      for (let client = 0; client < 6; client++) {
        const own = (record: PacketRecord, from: string, joules: number): number => (record.client === client && record.direction === from ? joules : 0);
        close(ledger.energyJ(client, 'transmit'), sum((record) => own(record, 'uplink', record.transmitJ)));
        close(ledger.energyJ(client, 'receive'), sum((record) => own(record, 'downlink', record.receiveJ)));
        close(['transmit', 'receive', 'compute', 'idle', 'sleep'].reduce((total, state) => total + ledger.timeS(client, state as 'idle'), 0), cell.kernel.now);
        const message = deliveries.find((delivery) => delivery.client === client)!;
        const spent = direction === 'uplink' ? message.transmitJ : message.receiveJ;
        close(ledger.energyJ(client, 'transmit') + ledger.energyJ(client, 'receive'), spent);
      }
      close(ledger.energyJ(BASE_STATION, 'transmit'), sum((record) => (record.direction === 'downlink' ? record.transmitJ : 0)));
      close(ledger.energyJ(BASE_STATION, 'receive'), sum((record) => (record.direction === 'uplink' ? record.receiveJ : 0)));
      const meets = (one: PacketRecord, other: PacketRecord): boolean => one.startS < other.startS + other.durationS - 1e-12 && other.startS < one.startS + one.durationS - 1e-12;
      const overlapping = records.some((one, i) => records.slice(i + 1).some((other) => other.client === one.client && meets(one, other)));
      expect(overlapping).toBe(duplex.kind === 'full');
    }
  });

  it('shows what goes on beside data in the middle of it, and a battery feels both', async () => {
    const cell = createCell({ clients: 1, channel: STILL, radio: ofdma('round-robin') });
    cell.radio.openRound([0]);
    cell.radio.uplink(0, 40_000, () => undefined);
    // The answer to the first slot begins with the second one.
    await cell.kernel.runUntil(1.1 * SLOT_S);
    const { ledger } = cell.radio;
    expect(ledger.timeS(0, 'receive')).toBe(0);
    expect(ledger.energyJ(0, 'receive')).toBeCloseTo(0.3 * 0.1 * SLOT_S, 12);
    expect(ledger.energyJ(0, 'transmit')).toBeCloseTo((10 ** 2.3 * 1e-3 / 0.35 + 0.1) * ledger.timeS(0, 'transmit'), 12);
    expect(ledger.timeS(0, 'transmit')).toBeCloseTo(1.1 * SLOT_S, 12);
  });

  it('repeats a block in its resource blocks and combines the attempts', async () => {
    const { records, deliveries } = await transfers('uplink', 6, 40_000, { ...ofdma('round-robin'), rate: { kind: 'nr' } }, SPREAD);
    const data = dataOf(records);
    const first = new Map(data.filter(({ attempt }) => attempt === 1).map((record) => [`${record.client}/${record.packet}`, record]));
    const repeats = data.filter(({ attempt }) => attempt > 1);
    expect(repeats.length).toBeGreaterThan(10);
    for (const repeat of repeats) {
      const { bits, receiveJ, startS } = first.get(`${repeat.client}/${repeat.packet}`)!;
      expect([repeat.bits, repeat.receiveJ]).toEqual([bits, expect.closeTo(receiveJ, 12)]);
      expect(repeat.startS - startS).toBeGreaterThan(0.008);
    }
    expect(deliveries.filter(({ delivered }) => delivered).length).toBeGreaterThan(3);
  });

  it('hands up what is lost after the last attempt, with the packets that have arrived', async () => {
    const radio = { ...ofdma('round-robin'), csi: { kind: 'statistical', outage: 0.5 }, packet: { maxAttempts: 2 } };
    const { deliveries } = await transfers('uplink', 6, 60_000, radio, { ...RING, fading: { kind: 'rayleigh', mode: 'block', coherenceTime: '1 ms' } });
    const lost = deliveries.filter(({ delivered }) => !delivered);
    expect(lost.length).toBeGreaterThan(3);
    for (const { packets, packetsReceived, acknowledged } of lost) {
      expect(packetsReceived).toBeLessThan(packets);
      expect(acknowledged).toBe(false);
    }
    const { deliveries: patient } = await transfers('uplink', 6, 60_000, { ...radio, packet: { reliability: 'until-deadline' } }, RING);
    expect(patient.every(({ delivered }) => delivered)).toBe(true);
  });

  it('leaves nothing behind when a round is abandoned', async () => {
    const { cell, deliveries } = await transfers('uplink', 4, 400_000, ofdma('proportional-fair'), RING, 0.0204);
    expect(deliveries.map(({ delivered }) => delivered)).toEqual([false, false, false, false]);
    expect(cell.kernel.pending).toBe(0);
    expect(cell.kernel.now).toBe(0.0204);
    const done: boolean[] = [];
    for (const client of [0, 1, 2, 3]) cell.radio.uplink(client, 1000, ({ delivered }) => done.push(delivered));
    await cell.kernel.run();
    expect(done).toEqual([true, true, true, true]);
  });

  it.each(SCHEDULERS)('goes on from a checkpoint as if there had been none (%s)', async (scheduler) => {
    const settings = { clients: 6, channel: SPREAD, radio: ofdma(scheduler) };
    const round = async ({ kernel, radio }: TestCell): Promise<Delivery[]> => {
      const deliveries: Delivery[] = [];
      radio.openRound([0, 1, 2, 3, 4, 5]);
      for (let client = 0; client < 6; client++) radio.uplink(client, 9000, (delivery) => deliveries.push(delivery));
      await kernel.run();
      return deliveries;
    };
    const whole = createCell(settings);
    await round(whole);
    const state = JSON.parse(JSON.stringify(whole.radio.state())) as RadioState;
    const kernel = createKernel();
    await kernel.runUntil(state.timeS);
    const channel = createChannel(channelSchema.parse(settings.channel), { seed: 1, clients: 6 });
    const resumed = { kernel, channel, radio: createRadio(radioSchema.parse(settings.radio), { kernel, channel, clients: 6, state }) };
    expect(await round(resumed)).toEqual(await round(whole));
  });

  it('works over fading that differs from block to block, and gains from choosing among blocks', async () => {
    const selective = { ...RING, fading: { kind: 'tdl', profile: 'A', surroundingsSpeed: '3 km/h' } };
    const carried = async (scheduler: string): Promise<number> => {
      const { deliveries } = await transfers('downlink', 6, 4_000_000, { ...ofdma(scheduler), rate: { kind: 'nr' } }, selective, 0.3);
      return deliveries.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
    };
    const [even, best] = [await carried('round-robin'), await carried('max-rate')];
    expect(even).toBeGreaterThan(50);
    expect(best).toBeGreaterThan(1.2 * even);
  });

  it.each([
    ['RADIO_RESOURCE_BLOCKS', { uplink: { bandwidth: '1 MHz', access: 'ofdma' } }],
    ['RADIO_RESOURCE_BLOCKS', ofdma('max-rate', { groupSize: 1 })],
    ['RADIO_RESOURCE_BLOCKS', ofdma('max-rate', { groupSize: 60 })],
    ['RADIO_NUMEROLOGY', { ...ofdma('max-rate', { numerology: 1 }), rate: { kind: 'nr' } }],
    ['RADIO_SWITCHING', { ...ofdma('max-rate'), duplex: { kind: 'half', switchingTime: '0.5 ms' } }],
  ])('refuses with %s what no grid can be made of', (code, radio) => {
    expect(() => createCell({ clients: 2, radio })).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it.each([0, 1, 2, 3])('has the slots of numerology %i', async (numerology) => {
    const { records, deliveries } = await transfers('uplink', 3, 40_000, { downlink: { bandwidth: '40 MHz' }, uplink: { bandwidth: '40 MHz', access: { kind: 'ofdma', numerology } } });
    expect(bySlot(records, SLOT_S / 2 ** numerology).length).toBeGreaterThan(2);
    for (const { durationS } of dataOf(records)) expect(durationS).toBeCloseTo(SLOT_S / 2 ** numerology, 12);
    expect(deliveries.every(({ delivered }) => delivered)).toBe(true);
  });
});
