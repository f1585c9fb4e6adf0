/**
 * The long-form tables of a run folder, as data: every column with its unit in the name, its type
 * and what it means. Row types, validation, Parquet schemas and the documentation follow from here.
 */

/** `text`, an integer `count`, a finite `number`, or a true/false `flag`. */
export type ColumnType = 'text' | 'count' | 'number' | 'flag';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** May be null where there is nothing to say (no plan, nothing uploaded). */
  readonly nullable: boolean;
  /** What it is, with its span: in this round, or from the start of the run to the end of this round. */
  readonly describe: string;
}

interface ValueTypes {
  readonly text: string;
  readonly count: number;
  readonly number: number;
  readonly flag: boolean;
}

type ValueOf<C extends Column> = C['nullable'] extends true ? ValueTypes[C['type']] | null : ValueTypes[C['type']];
/** One row of a table: exactly its columns. */
export type RowOf<Columns extends readonly Column[]> = { readonly [C in Columns[number] as C['name']]: ValueOf<C> };

type Always<Name extends string, Type extends ColumnType> = { name: Name; type: Type; nullable: false; describe: string };
type MayBeNull<Name extends string, Type extends ColumnType> = { name: Name; type: Type; nullable: true; describe: string };

const text = <Name extends string>(name: Name, describe: string): Always<Name, 'text'> => ({ name, type: 'text', nullable: false, describe });
const count = <Name extends string>(name: Name, describe: string): Always<Name, 'count'> => ({ name, type: 'count', nullable: false, describe });
const number = <Name extends string>(name: Name, describe: string): Always<Name, 'number'> => ({ name, type: 'number', nullable: false, describe });
const flag = <Name extends string>(name: Name, describe: string): Always<Name, 'flag'> => ({ name, type: 'flag', nullable: false, describe });
const orNull = <Name extends string, Type extends ColumnType>(column: Always<Name, Type>): MayBeNull<Name, Type> => ({ ...column, nullable: true });

const keys = [
  text('scheme', 'label of the scheme in the scenario'),
  count('seed', 'seed of the run'),
  count('round', 'round, from 0'),
] as const;

/** One row per scheme, seed and round, ordered so (schemes as in the scenario). */
export const ROUND_COLUMNS = [
  ...keys,
  text('scheme_name', 'name of the scheme in the scheme table'),
  number('sim_time_s', 'simulated time at the end of the round'),
  number('round_time_s', 'simulated duration of the round'),
  number('accuracy', 'share of the test samples (of the validation samples where the scenario says so) classified right after the round'),
  number('loss', 'mean loss on the samples that accuracy is measured on, after the round'),
  orNull(number('train_loss', 'mean local training loss over the clients that trained, weighted as they are aggregated')),
  number('learning_rate', 'learning rate of the round'),

  count('participants', 'clients that were addressed by the downlink; in asynchronous protocols exchanges that ended in the round'),
  count('uploads', 'uploads that arrived whole and in time'),
  count('lost', 'messages of either direction that were given up: energy spent, nothing learnt'),
  count('late', 'uploads that missed the deadline'),
  count('skipped', 'clients that chose to stay silent'),
  count('clients_alive', 'clients whose battery is not empty at the end of the round; all of them where there are no batteries'),
  count('dropped', 'selected clients left out by the planner because the budget could not carry them'),

  count('uplink_bits', 'payload bits of all uploads of the round, 8 times their bytes'),
  count('downlink_bits', 'payload bits of all downlink messages of the round; a broadcast counts once'),
  count('uplink_sent_bits', 'bits on the air in the round, uplink: payload, headers, CRC, padding and every attempt'),
  count('downlink_sent_bits', 'bits on the air in the round, downlink'),
  count('downlink_values_bits', 'part of downlink_bits that carries values'),
  count('downlink_indices_bits', 'part of downlink_bits that carries indices'),
  count('downlink_scales_bits', 'part of downlink_bits that carries scales'),
  count('downlink_side_information_bits', 'part of downlink_bits that carries side information'),
  count('downlink_header_bits', 'part of downlink_bits that carries message headers'),
  count('downlink_padding_bits', 'part of downlink_bits that fills last bytes'),
  count('packets', 'packets of the round in both directions, each counted once however often it was sent'),
  count('packets_received', 'packets of the round that arrived at their receiver (a broadcast packet: at all of them)'),
  count('retransmissions', 'attempts of the round beyond the first of each packet'),

  orNull(number('uplink_bit_length_mean', 'mean bit length per value over the uploads of the round, in bit')),
  orNull(number('downlink_bit_length', 'bit length per value of the downlink of the round, in bit')),
  orNull(number('uplink_range_mean', 'mean range (max - min) of what was uploaded in the round')),
  orNull(number('downlink_range', 'range (max - min) of what was sent down in the round')),
  orNull(number('uplink_unit_energy_j', 'mean over the participants of the quoted energy per unit of uplink bit length')),
  orNull(number('downlink_unit_energy_j', 'quoted energy per unit of downlink bit length')),
  orNull(number('budget_j', 'energy budget of the round')),
  orNull(number('planned_energy_j', 'energy of the plan, in what the budget covers; never above budget_j')),
  orNull(number('budget_spent_j', 'energy really spent in the round on what the budget covers, retransmissions included')),
  orNull(number('objective', 'objective of the integer plan')),
  orNull(number('relaxed_objective', 'objective of the continuous plan')),
  orNull(number('multiplier', 'decrease of the continuous objective per joule of budget')),
  orNull(number('gap', 'certified relative gap of the integer plan; 0 where it is proved optimal')),
  orNull(text('binding', 'what binds the plan: budget, bMin, bMax of its lengths; bandwidth, power, deadline of its shares')),
  orNull(flag('oracle', 'the plan was made with ranges that no server knows; null where nothing is planned')),
  orNull(number('regret', 'in the last round of planners that pool the run: excess of the objective over all rounds over the clairvoyant optimum, as a share of it')),
  orNull(number('equal_shares_objective', 'objective of the best lengths with equal shares at full power, where shares are planned too')),
  orNull(number('bandwidth_price_j_hz', 'energy that one more hertz would save, where shares are planned')),

  number('round_energy_j', 'energy of all clients in the round, all states'),
  number('round_communication_energy_j', 'energy of all clients in the round, transmit and receive'),
  number('energy_transmit_j', 'energy of all clients transmitting, from the start of the run'),
  number('energy_receive_j', 'energy of all clients receiving, from the start of the run'),
  number('energy_compute_j', 'energy of all clients computing, from the start of the run'),
  number('energy_idle_j', 'energy of all clients idling, from the start of the run'),
  number('energy_sleep_j', 'energy of all clients sleeping, from the start of the run'),
  number('energy_total_j', 'energy of all clients in all states, from the start of the run'),
  number('communication_energy_j', 'energy of all clients in transmit and receive, from the start of the run'),
  number('base_station_energy_j', 'energy of the base station, static power included, from the start of the run'),
] as const;

/** What became of a client in a round; `died` are those whose battery was empty in the middle of it, `dead` those that had died before, `under-way` those that an asynchronous round leaves at work. */
export const CLIENT_OUTCOMES = ['delivered', 'lost', 'late', 'skipped', 'dropped', 'downlink-lost', 'died', 'under-way', 'absent', 'dead'] as const;
export type ClientOutcome = (typeof CLIENT_OUTCOMES)[number];

/** One row per scheme, seed, round and client, ordered so. Energies and times are those of the round. */
export const CLIENT_COLUMNS = [
  ...keys,
  count('client', 'client, from 0'),
  text('outcome', `what became of the client: ${CLIENT_OUTCOMES.join(', ')}`),
  number('weight', 'aggregation weight of the client in the round; 0 where it took no part'),
  number('distance_m', 'distance to the base station at the start of the round'),
  orNull(flag('los', 'line of sight at the start of the round; null where the path loss model has no such state')),
  number('gain_db', 'channel gain at the start of the round'),
  orNull(number('uplink_rate_bit_s', 'mean rate of the upload over its airtime')),
  orNull(number('uplink_bit_length', 'bit length per value of the upload')),
  orNull(number('range', 'range (max - min) of what was uploaded')),
  orNull(number('planned_bandwidth_hz', 'planned share of the uplink band')),
  orNull(number('planned_power_w', 'planned radiated power of the upload')),
  orNull(number('local_loss', 'mean local training loss')),
  count('uplink_bits', 'payload bits of the upload, 8 times its bytes'),
  count('uplink_values_bits', 'part of uplink_bits that carries values'),
  count('uplink_indices_bits', 'part of uplink_bits that carries indices'),
  count('uplink_scales_bits', 'part of uplink_bits that carries scales'),
  count('uplink_side_information_bits', 'part of uplink_bits that carries side information'),
  count('uplink_header_bits', 'part of uplink_bits that carries message headers'),
  count('uplink_padding_bits', 'part of uplink_bits that fills the last byte'),
  count('packets', 'packets of the upload, each counted once'),
  count('retransmissions', 'attempts of the upload beyond the first of each packet'),
  number('download_time_s', 'from the start of the downlink to its end at this client'),
  number('compute_time_s', 'duration of local training'),
  number('upload_time_s', 'from the start of the upload to its end'),
  number('energy_transmit_j', 'energy transmitting in the round'),
  number('energy_receive_j', 'energy receiving in the round'),
  number('energy_compute_j', 'energy computing in the round'),
  number('energy_idle_j', 'energy idling in the round'),
  number('energy_sleep_j', 'energy sleeping in the round'),
  number('energy_total_j', 'energy in all states in the round'),
  orNull(number('battery_j', 'what the battery holds at the end of the round; null without batteries')),
  orNull(number('battery_empty_s', 'simulated time at which the battery was empty; null while it is not')),
] as const;

/** One row per attempt of a packet, where the scenario asks for it. */
export const PACKET_COLUMNS = [
  ...keys,
  text('kind', 'data or acknowledgement'),
  text('direction', 'uplink or downlink; the acknowledgement of an uplink packet goes downlink'),
  count('client', 'the client at the far end; -1 for a broadcast'),
  count('packet', 'packet of the message, from 0'),
  count('attempt', 'attempt of the packet, from 0'),
  number('start_s', 'simulated start of the attempt'),
  number('duration_s', 'airtime of the attempt'),
  count('bits', 'bits of the attempt: payload, header, CRC, padding'),
  number('snr_db', 'ratio of the signal to noise, and to interference where there is any, at the start of the attempt'),
  number('rate_bit_s', 'rate of the attempt'),
  number('transmit_j', 'energy of the sender for the attempt'),
  number('receive_j', 'energy of all that listened to the attempt'),
  flag('received', 'the attempt arrived'),
] as const;

export type RoundRow = RowOf<typeof ROUND_COLUMNS>;
export type ClientRow = RowOf<typeof CLIENT_COLUMNS>;
export type PacketRow = RowOf<typeof PACKET_COLUMNS>;

/** A row of any table, before its columns are known. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

export type TableName = 'rounds' | 'clients' | 'packets';

export interface AnyTable {
  readonly name: TableName;
  readonly describe: string;
  readonly columns: readonly Column[];
}

/** A table whose rows are of type R. */
export interface ResultTable<R extends Row> extends AnyTable {
  readonly columns: readonly (Column & { readonly name: keyof R & string })[];
}

interface Tables {
  readonly rounds: ResultTable<RoundRow>;
  readonly clients: ResultTable<ClientRow>;
  readonly packets: ResultTable<PacketRow>;
}

export const TABLES: Tables = {
  rounds: { name: 'rounds', describe: 'one row per scheme, seed and round', columns: ROUND_COLUMNS },
  clients: { name: 'clients', describe: 'one row per scheme, seed, round and client', columns: CLIENT_COLUMNS },
  packets: { name: 'packets', describe: 'one row per attempt of a packet', columns: PACKET_COLUMNS },
};
export const TABLE_NAMES: readonly TableName[] = ['rounds', 'clients', 'packets'];

/**
 * What is wrong with a row of that table (an unknown or missing column, a value of the wrong type,
 * a number that is not finite), or null.
 */
export function faultOfRow(table: AnyTable, row: object): string | null {
  const values = new Map<string, unknown>(Object.entries(row));
  for (const column of table.columns) {
    if (!values.has(column.name)) return `the column ${column.name} of ${table.name} is missing`;
    const value = values.get(column.name);
    values.delete(column.name);
    if (!(value === null ? column.nullable : FITS[column.type](value))) {
      return `the column ${column.name} of ${table.name} holds ${JSON.stringify(value)}, not ${describeType(column)}`;
    }
  }
  for (const unknown of values.keys()) return `${table.name} has no column ${unknown}`;
  return null;
}

/** Whether it is a row of that table. */
export function isRow<R extends Row>(table: ResultTable<R>, value: unknown): value is R {
  return typeof value === 'object' && value !== null && faultOfRow(table, value) === null;
}

const FITS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  count: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  flag: (value) => typeof value === 'boolean',
};

function describeType({ type, nullable }: Column): string {
  const name = { text: 'a text', count: 'an integer', number: 'a finite number', flag: 'true or false' }[type];
  return nullable ? `${name} or null` : name;
}
