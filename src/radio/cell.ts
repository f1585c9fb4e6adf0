import type { Kernel } from '../des/index.js';
import { log10 } from '../numerics/index.js';
import { openMedium } from './access/medium.js';
import type { Medium, Turn } from './access/medium.js';
import type { Direction, NodeId, NodeState, PacketRecord } from './contract.js';
import type { Beside, Ledger } from './ledger.js';
import type { Band, LinkState } from './link.js';
import type { OuterLoop } from './outer-loop.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';

/** What transfers share: clock, links, ledger, and who is doing what. */
export interface Cell {
  readonly kernel: Kernel;
  readonly links: LinkState;
  readonly rate: RateModel;
  readonly outerLoop: OuterLoop;
  readonly ledger: Ledger;
  readonly packet: RadioOptions['packet'];
  readonly media: Readonly<Record<Direction, Medium>>;
  /** Time a client needs to change between sending and receiving. */
  readonly switchingS: number;
  /** Attempts of a packet before it is given up; infinite where only the deadline ends them. */
  readonly lastAttempt: number;
  /** Whether a transmission that starts now is lost: the draw is a function of seed, link and time. */
  isLost(client: NodeId, direction: Direction, errorProbability: number): boolean;
  /** Takes up an activity of a client; a second one at the same time is a fault of the caller and throws. */
  occupy(client: NodeId): void;
  release(client: NodeId): void;
  enter(client: NodeId, state: Exclude<NodeState, 'idle' | 'sleep'>, powerW: number, beside?: Beside): void;
  /** Back to what the client does when it has nothing to do. */
  rest(client: NodeId): void;
  onPacket: ((record: PacketRecord) => void) | null;
}

/** How a transmission of a client gets on the air: switching over to it, then its turn. */
export interface Approach {
  /** Calls `begin` when it may start, which may be before this returns; the client rests while it waits. */
  start(direction: Direction, client: NodeId, begin: () => void, isAnswer: boolean, switches: boolean): void;
  /** The transmission is over, or is not to begin any more. */
  end(): void;
}

export function approach(cell: Cell, origin: string): Approach {
  let turn: Turn | null = null;
  let event = -1;
  return {
    start(direction, client, begin, isAnswer, switches) {
      // Nothing stands in its way: no need of what waiting takes.
      if (cell.media[direction] === openMedium && (!switches || cell.switchingS === 0)) return begin();
      let hasBegun = false;
      const ask = (): void => {
        turn = cell.media[direction].ask(
          () => {
            hasBegun = true;
            begin();
          },
          isAnswer,
          origin,
        );
      };
      if (!switches || cell.switchingS === 0) ask();
      else event = cell.kernel.schedule(cell.switchingS, ask, undefined, origin);
      if (!hasBegun) cell.rest(client);
    },
    end() {
      if (event !== -1) cell.kernel.cancel(event);
      event = -1;
      turn?.giveBack();
      turn = null;
    },
  };
}

/** A transfer under way. */
export interface Transfer {
  /** Stops it now: intervals are closed and charged, and its end is reported as not delivered. */
  abandon(): void;
  /** The client drops out of it, where it is part of it: for this client it ends as not delivered. */
  leave(client: NodeId): void;
}

export function snrDb(snr: number): number {
  return 10 * log10(Math.max(snr, Number.MIN_VALUE));
}

/** How long an acknowledgement is on the air: it goes at the robust rate, whatever the channel. */
export function acknowledgementS(cell: Pick<Cell, 'packet' | 'rate'>, band: Band): number {
  return cell.packet.acknowledgement / (cell.rate.robustEfficiency * band.bandwidthHz);
}
