import { describe, expect, it } from 'vitest';
import { createClientPower } from '../../src/radio/power-profile.js';
import type { ClientPower } from '../../src/radio/power-profile.js';
import { radioSchema } from '../../src/radio/index.js';
import { createCell, STILL } from './cell-fixture.js';

function powerOf(client: Record<string, unknown>): ClientPower {
  const options = radioSchema.parse({ client });
  return createClientPower(options.client, options.uplink);
}

const dbm = (level: number): number => 10 ** (level / 10) * 1e-3;

describe('power profiles', () => {
  it('of the plain device are its constants', () => {
    const power = powerOf({});
    expect(power.transmitW(dbm(23))).toBeCloseTo(dbm(23) / 0.35 + 0.1, 12);
    expect([power.receiveW, power.idleW, power.sleepW, power.sleepTransitionJ]).toEqual([0.3, 0.02, 0.001, 0]);
  });

  it('of TR 38.840 scale with the unit, are linear in dBm between 0 and 23 dBm, and pay for sleep', () => {
    const power = powerOf({ profile: 'nr-ue-38.840', unitPower: '2 mW' });
    expect(power.transmitW(dbm(0))).toBeCloseTo(0.5, 9);
    expect(power.transmitW(dbm(23))).toBeCloseTo(1.4, 9);
    expect(power.transmitW(dbm(11.5))).toBeCloseTo(0.95, 9);
    expect(power.transmitW(dbm(-20))).toBeCloseTo(0.5, 9);
    expect([power.receiveW, power.idleW, power.sleepW]).toEqual([0.6, 0.2, 0.002]);
    expect(power.sleepTransitionJ).toBeCloseTo(450 * 2e-3 * 1e-3, 15);
    expect(powerOf({ profile: 'nr-ue-38.840', sleep: 'light' }).sleepW).toBeCloseTo(0.02, 12);
  });

  it('of Wi-Fi and LoRa follow from currents, in watts and not milliwatts', () => {
    const wifi = powerOf({ profile: 'wifi-ns3' });
    expect(wifi.transmitW(dbm(20))).toBeCloseTo(1 + 0.819, 9);
    expect(wifi.receiveW).toBeCloseTo(0.939, 12);
    expect(wifi.sleepW).toBeCloseTo(0.099, 12);
    const lora = powerOf({ profile: 'lora' });
    expect(lora.transmitW(dbm(14))).toBeCloseTo(0.0924, 12);
    expect(lora.sleepW).toBeCloseTo(4.95e-6, 12);
  });

  it('refuse to radiate more than is drawn, unknown names, and options of another profile', () => {
    expect(() => powerOf({ profile: 'lora' }).transmitW(dbm(23))).toThrow(expect.objectContaining({ code: 'RADIO_PROFILE_POWER', exitCode: 2 }));
    expect(radioSchema.safeParse({ client: { profile: 'lte' } }).success).toBe(false);
    expect(radioSchema.safeParse({ client: { profile: 'lora', idlePower: '1 mW' } }).success).toBe(false);
  });

  it('charge the transition once for a long sleep, however often the rest is confirmed, and idling for a short one', async () => {
    const cell = createCell({ clients: 2, channel: STILL, radio: { client: { profile: 'nr-ue-38.840' } } });
    const { ledger } = cell.radio;
    cell.radio.rest(new Set([1]));
    await cell.kernel.runUntil(0.002);
    expect(ledger.energyJ(0, 'sleep')).toBeCloseTo(0.002 * 0.1, 12);
    for (const timeS of [1, 2, 3]) {
      cell.radio.rest(new Set([1]));
      await cell.kernel.runUntil(timeS);
    }
    expect(ledger.energyJ(0, 'sleep')).toBeCloseTo(450e-6 + 3 * 1e-3, 12);
    expect(ledger.energyJ(1, 'idle')).toBeCloseTo(0.3, 12);
    cell.radio.rest(new Set([0, 1]));
    cell.radio.rest(new Set([1]));
    await cell.kernel.runUntil(4);
    expect(ledger.energyJ(0, 'sleep')).toBeCloseTo(2 * 450e-6 + 4e-3, 12);
    expect(ledger.timeS(0, 'sleep')).toBeCloseTo(4, 12);
  });
});
