import { z } from 'zod';
import { bits, decibels, hertz, POSITIVE, ratio, seconds, watts } from '../scenario/quantity.js';
import { accessSchema, duplexSchema, slotsSchema } from './access/schema.js';
import { baseStationSchema } from './base-station-power.js';
import { clientSchema } from './power-profile.js';
import { interferenceSchema } from './interference.js';
import { rateSchema } from './rate/index.js';

const powerControlSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }).meta({ description: 'Clients send at full power' }),
    z.strictObject({
      kind: z.literal('open-loop'),
      target: watts(POSITIVE).prefault('-90 dBm').meta({ description: 'Power P0 that a resource block of 180 kHz is to arrive with, at full compensation' }),
      compensation: z.number().min(0).max(1).default(1).meta({ description: 'Part of the path loss that is made up for (alpha)' }),
    }).meta({ description: 'Open loop of 3GPP TS 38.213, 7.1.1: P0 + alpha times path loss + 10 log10 of the resource blocks, up to full power, set when a round opens' }),
  ])
  .prefault({ kind: 'none' });

/** Every power is above zero: what costs nothing would flatter whoever uses it most. */
const uplinkSchema = z
  .strictObject({
    bandwidth: hertz().prefault('10 MHz').meta({ description: 'Uplink band, shared by the participants of a round' }),
    power: watts(POSITIVE).prefault('23 dBm').meta({ description: 'Radiated power of a client in its share (power class 3 of 3GPP TS 38.101-1)' }),
    amplifierEfficiency: z.number().gt(0).max(1).default(0.35).meta({ description: 'Efficiency of the client power amplifier (assumption: class AB handset, 0.3 to 0.4)' }),
    circuitPower: watts(POSITIVE).prefault('0.1 W').meta({ description: 'Power of the client transmitter beside its amplifier (assumption)' }),
    noiseFigure: decibels().prefault('5 dB').meta({ description: 'Noise figure of the base station receiver (3GPP TR 38.802 evaluation assumptions)' }),
    interferenceMargin: decibels({ min: 0 }).prefault('0 dB').meta({ description: 'Rise of the noise floor at the base station by other cells' }),
    powerControl: powerControlSchema,
    access: accessSchema,
  })
  .prefault({});

const multicastSchema = z
  .strictObject({
    minSnr: decibels().nullable().default(null).meta({ description: 'Mean signal-to-noise ratio over the whole band from which a client is addressed; null: as leaveOut says' }),
    leaveOut: ratio({ min: 0, max: 1 }).default(0.2).meta({ description: 'Part of the clients, those of lowest ratio, that is not addressed where minSnr is null' }),
    others: z.enum(['unicast', 'none']).default('unicast').meta({ description: 'Whether who is not addressed gets the message afterwards, each by itself, or is lost for the round' }),
  })
  .prefault({})
  .meta({ description: 'Whom a multicast is for' });

const downlinkSchema = z
  .strictObject({
    bandwidth: hertz().prefault('10 MHz').meta({ description: 'Downlink band' }),
    power: watts(POSITIVE).prefault('33 dBm').meta({ description: 'Radiated power of the base station over the whole band (micro cell)' }),
    amplifierEfficiency: z.number().gt(0).max(1).default(0.385).meta({
      description: 'Efficiency of the base station transmitter (1 / 2.6, the load slope of a micro cell in Auer et al., How much energy is needed to run a wireless network, 2011)',
    }),
    mode: z.enum(['broadcast', 'multicast', 'unicast']).default('broadcast').meta({
      description: 'One transmission for all at the rate of the slowest, one for those with a good link, or one for each client as access says',
    }),
    multicast: multicastSchema,
    noiseFigure: decibels().prefault('9 dB').meta({ description: 'Noise figure of the client receiver (3GPP TR 38.802 evaluation assumptions)' }),
    interferenceMargin: decibels({ min: 0 }).prefault('0 dB').meta({ description: 'Rise of the noise floor at the clients by other cells' }),
  })
  .prefault({});

const packetSchema = z
  .strictObject({
    mtu: bits({ min: 8 }).prefault('1500 B').meta({ description: 'Largest payload of a packet' }),
    header: bits().prefault('40 B').meta({ description: 'Header of each packet (IPv4, UDP and radio protocols)' }),
    crc: bits().prefault('3 B').meta({ description: 'Check sum of each packet (24 bits, 3GPP TS 38.212)' }),
    acknowledgement: bits({ min: 1 }).prefault('2 B').meta({ description: 'Answer to each attempt, positive or negative' }),
    repetitionBackOff: decibels({ min: 0 }).prefault('6 dB').meta({
      description: 'Further margin taken off with each of the first three repetitions of a packet, so that one deep fade does not cost all attempts (assumption)',
    }),
    maxAttempts: z.number().int().min(1).max(64).default(4).meta({ description: 'Attempts of a packet before it is given up' }),
    reliability: z.enum(['attempts', 'until-deadline']).default('attempts').meta({
      description: 'Whether a packet is given up after maxAttempts, or repeated until it has arrived or the deadline of the round ends it (the margin then grows up to maxAttempts)',
    }),
  })
  .prefault({});

const csiSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('delayed'),
      delay: seconds().prefault('5 ms').meta({ description: 'Age of the channel knowledge when a packet starts' }),
      backOff: decibels().prefault('1 dB').meta({ description: 'Margin taken off the known signal-to-noise ratio' }),
    }),
    z.strictObject({ kind: z.literal('perfect') }).meta({ description: 'The channel at the start of each packet is known' }),
    z.strictObject({
      kind: z.literal('statistical'),
      outage: z.number().gt(0).lt(1).default(0.1).meta({ description: 'Probability of failure the rate is chosen for' }),
    }).meta({ description: 'Path loss, shadowing and the distribution of fading are known, its state is not' }),
  ])
  .prefault({ kind: 'delayed' })
  .meta({ description: 'What the sender knows of the channel when it chooses a rate' });

/** Links, packets and powers of a cell; empty, it has the defaults of a pedestrian micro cell. */
export const radioSchema = z
  .strictObject({
    uplink: uplinkSchema,
    downlink: downlinkSchema,
    packet: packetSchema,
    slots: slotsSchema,
    duplex: duplexSchema,
    interference: interferenceSchema,
    csi: csiSchema,
    rate: rateSchema,
    client: clientSchema,
    baseStation: baseStationSchema,
  })
  .prefault({});

export type RadioOptions = z.output<typeof radioSchema>;
