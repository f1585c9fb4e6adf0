import { z } from 'zod';
import { loadModelData } from '../channel/model-data.js';
import { inputError } from '../errors.js';
import { log10 } from '../numerics/index.js';
import { decibels, POSITIVE, watts } from '../scenario/quantity.js';

/** What a client's radio draws from its battery, by state. */
export interface ClientPower {
  /** While it radiates that much. */
  transmitW(radiatedW: number): number;
  readonly receiveW: number;
  readonly idleW: number;
  readonly sleepW: number;
  /** Energy to fall asleep and wake up again; a rest too short for it to pay is spent idle. */
  readonly sleepTransitionJ: number;
}

const antennaGain = decibels().prefault('0 dB').meta({ description: 'Gain of the client antenna, in both directions' });

export const clientSchema = z
  .discriminatedUnion('profile', [
    z.strictObject({
      profile: z.literal('plain').default('plain'),
      antennaGain,
      receivePower: watts(POSITIVE).prefault('0.3 W').meta({ description: 'Client while it receives (assumption)' }),
      idlePower: watts(POSITIVE).prefault('20 mW').meta({ description: 'Client while it waits (assumption)' }),
      sleepPower: watts(POSITIVE).prefault('1 mW').meta({ description: 'Client while it takes no part (assumption)' }),
    }).meta({ description: 'Constants; transmit power from the efficiency and circuit power of the uplink' }),
    z.strictObject({
      profile: z.literal('nr-ue-38.840'),
      antennaGain,
      unitPower: watts(POSITIVE).prefault('1 mW').meta({ description: 'Absolute power of a relative unit, which 3GPP leaves open (assumption: 0.7 W while sending at 23 dBm)' }),
      sleep: z.enum(['deep', 'light']).default('deep'),
    }).meta({ description: '5G device of 3GPP TR 38.840; the efficiency and circuit power of the uplink are not used' }),
    z.strictObject({ profile: z.literal('wifi-ns3'), antennaGain }).meta({ description: 'Wi-Fi device of ns-3; the efficiency and circuit power of the uplink are not used' }),
    z.strictObject({ profile: z.literal('lora'), antennaGain }).meta({ description: 'LoRa device; the efficiency and circuit power of the uplink are not used' }),
  ])
  .prefault({});

export type ClientOptions = z.output<typeof clientSchema>;

const positive = z.number().gt(0);
const profilesSchema = z.strictObject({
  name: z.string(),
  describe: z.string(),
  profiles: z.strictObject({
    'nr-ue-38.840': z.strictObject({
      source: z.string(),
      kind: z.literal('relative'),
      transmit: z.strictObject({ at0dBm: positive, at23dBm: positive }),
      receive: positive,
      idle: positive,
      sleeps: z.record(z.enum(['deep', 'light']), z.strictObject({ power: positive, transition: z.number().min(0) })),
    }),
    'wifi-ns3': z.strictObject({
      source: z.string(), kind: z.literal('current'), volts: positive,
      transmit: z.strictObject({ idle: positive, efficiency: positive }), receive: positive, idle: positive, sleep: positive,
    }),
    lora: z.strictObject({
      source: z.string(), kind: z.literal('current'), volts: positive,
      transmit: z.strictObject({ total: positive }), receive: positive, idle: positive, sleep: positive,
    }),
  }),
});

/** The powers of a profile; the uplink's amplifier is that of the `plain` one only. */
export function createClientPower(options: ClientOptions, amplifier: { readonly amplifierEfficiency: number; readonly circuitPower: number }): ClientPower {
  if (options.profile === 'plain') {
    return {
      transmitW: (radiatedW) => radiatedW / amplifier.amplifierEfficiency + amplifier.circuitPower,
      receiveW: options.receivePower,
      idleW: options.idlePower,
      sleepW: options.sleepPower,
      sleepTransitionJ: 0,
    };
  }
  const { profiles } = loadModelData('power-profiles', profilesSchema);
  if (options.profile === 'nr-ue-38.840') {
    const { transmit, receive, idle, sleeps } = profiles['nr-ue-38.840'];
    const { unitPower } = options;
    const sleep = sleeps[options.sleep];
    return {
      transmitW: checked(options.profile, (radiatedW) => {
        const levelDbm = Math.max(0, 10 * log10(radiatedW * 1e3));
        return unitPower * (transmit.at0dBm + ((transmit.at23dBm - transmit.at0dBm) * levelDbm) / 23);
      }),
      receiveW: unitPower * receive,
      idleW: unitPower * idle,
      sleepW: unitPower * sleep.power,
      // Relative power times milliseconds.
      sleepTransitionJ: unitPower * sleep.transition * 1e-3,
    };
  }
  const profile = profiles[options.profile];
  const { volts } = profile;
  const { transmit } = profile;
  return {
    transmitW: checked(options.profile, 'total' in transmit ? () => volts * transmit.total : (radiatedW) => radiatedW / transmit.efficiency + volts * transmit.idle),
    receiveW: volts * profile.receive,
    idleW: volts * profile.idle,
    sleepW: volts * profile.sleep,
    sleepTransitionJ: 0,
  };
}

/** Refuses to radiate more than is drawn: the profile is of a device that cannot send that loud. */
function checked(profile: string, drawnW: (radiatedW: number) => number): (radiatedW: number) => number {
  return (radiatedW) => {
    const drawn = drawnW(radiatedW);
    if (drawn > radiatedW) return drawn;
    throw inputError('RADIO_PROFILE_POWER', `a device of the profile "${profile}" draws ${drawn} W and cannot radiate ${radiatedW} W`, { expected: 'a lower uplink power' });
  };
}
