import { readFileSync } from 'node:fs';
import { inputError } from '../errors.js';
import type { Leg } from './trajectory.js';

/**
 * Motion read from a CSV file: a header line, then rows of time in seconds and position in metres
 * (`t,x,y`, or `client,t,x,y` for several clients in one file), relative to the base station.
 * Between rows clients move straight and evenly. Times must rise; a gap longer than `maxGapS` is an
 * error, since what happened in it would be made up.
 */
export function readTrace(file: string, clients: number, maxGapS: number): Leg[][] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw inputError('TRACE_UNREADABLE', `the motion trace "${file}" cannot be read`, { place: { file }, expected: 'a CSV file with the columns "t,x,y" or "client,t,x,y"; a path goes from the folder of the scenario, or in an override from the working directory', cause });
  }
  const lines = text.split(/\r?\n/);
  const names = lines[0].split(',').map((name) => name.trim());
  const hasClient = names[0] === 'client';
  if (names.join() !== (hasClient ? 'client,t,x,y' : 't,x,y')) {
    throw inputError('TRACE_HEADER', `the header of the motion trace is "${lines[0]}"`, { place: { file, line: 1 }, expected: '"t,x,y" or "client,t,x,y"' });
  }
  if (!hasClient && clients !== 1) {
    throw inputError('TRACE_CLIENTS', `the motion trace is of one client and the study has ${clients}`, { place: { file, line: 1 }, expected: 'columns "client,t,x,y"' });
  }
  const rows: Row[][] = Array.from({ length: clients }, () => []);
  lines.slice(1).forEach((line, i) => {
    if (line.trim() === '') return;
    const row = readRow(line, names.length, { file, line: i + 2 });
    const client = hasClient ? row[0] : 0;
    const own = rows[client];
    if (own === undefined) {
      throw inputError('TRACE_CLIENTS', `the motion trace names client ${client}`, { place: { file, line: i + 2 }, expected: `clients 0 to ${clients - 1}` });
    }
    const [timeS, xM, yM] = row.slice(hasClient ? 1 : 0);
    const last = own[own.length - 1];
    if (last !== undefined && timeS <= last.timeS) {
      throw inputError('TRACE_DISORDER', `time ${timeS} s does not come after ${last.timeS} s`, { place: { file, line: i + 2 }, expected: 'rising times' });
    }
    if (timeS - (last?.timeS ?? 0) > maxGapS) {
      throw inputError('TRACE_GAP', `nothing is known between ${last?.timeS ?? 0} s and ${timeS} s`, { place: { file, line: i + 2 }, expected: `gaps of at most ${maxGapS} s` });
    }
    own.push({ timeS, xM, yM });
  });
  return rows.map((own, client) => {
    if (own.length === 0) throw inputError('TRACE_CLIENTS', `the motion trace has no row for client ${client}`, { place: { file } });
    return legsOf(own);
  });
}

interface Row {
  readonly timeS: number;
  readonly xM: number;
  readonly yM: number;
}

function readRow(line: string, columns: number, place: { file: string; line: number }): number[] {
  const values = line.split(',').map((field) => (field.trim() === '' ? Number.NaN : Number(field)));
  if (values.length !== columns || !values.every(Number.isFinite)) {
    throw inputError('TRACE_ROW', `"${line}" is not a row of the motion trace`, { place, expected: `${columns} numbers` });
  }
  return values;
}

/** Straight legs between the rows; before the first and after the last row the client stands. */
function legsOf(rows: readonly Row[]): Leg[] {
  const legs: Leg[] = [];
  let pathM = 0;
  const add = (from: Row, startS: number, endS: number, velocityX: number, velocityY: number): void => {
    const speed = Math.sqrt(velocityX * velocityX + velocityY * velocityY);
    legs.push({ index: legs.length, startS, endS, xM: from.xM, yM: from.yM, velocityX, velocityY, speed, pathM });
    if (endS < Infinity) pathM += speed * (endS - startS);
  };
  if (rows[0].timeS > 0) add(rows[0], 0, rows[0].timeS, 0, 0);
  for (let i = 0; i + 1 < rows.length; i++) {
    const durationS = rows[i + 1].timeS - rows[i].timeS;
    add(rows[i], rows[i].timeS, rows[i + 1].timeS, (rows[i + 1].xM - rows[i].xM) / durationS, (rows[i + 1].yM - rows[i].yM) / durationS);
  }
  const last = rows[rows.length - 1];
  add(last, last.timeS, Infinity, 0, 0);
  return legs;
}

/** The leg of a time in a list that covers all times from 0. */
export function legInList(legs: readonly Leg[]): (timeS: number) => Leg {
  return (timeS) => {
    let low = 0;
    let high = legs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (legs[middle].startS <= timeS) low = middle;
      else high = middle - 1;
    }
    return legs[low];
  };
}
