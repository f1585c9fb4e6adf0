import type { SchemeState, StateValue } from './contract.js';
import { numberIn, orNull } from './state.js';

/**
 * A client's state that a sent message changes only if the server has it. Of the last upload whose
 * fate is not sure both outcomes are kept: the value before it and the value after it. An
 * acknowledgement makes the second one settled. Where the upload seemed lost the first one counts
 * until the next downlink, which names the last round accepted and so heals lost acknowledgements.
 */
export interface Tentative<Value extends StateValue> {
  /** The value that both ends agree on, as far as the client knows. */
  settled(): Value;
  /** Changes what does not depend on the server. */
  replace(value: Value): void;
  /** The upload of `round` makes it `after`, if the server has it. */
  propose(round: number, after: Value): void;
  settle(round: number, outcome: 'accepted' | 'lost'): void;
  /** The server names the round of the last upload it accepted (null: none). */
  heal(accepted: number | null): void;
  state(): SchemeState;
}

export function readTentative<Value extends StateValue>(
  restored: SchemeState | undefined,
  initial: () => Value,
  read: (value: StateValue) => Value,
): Tentative<Value> {
  let value = restored?.['value'] === undefined ? initial() : read(restored['value']);
  let after = orNull(restored?.['after'], read);
  let round = orNull(restored?.['round'], (saved) => numberIn(saved, 'round of an upload'));
  const forget = (): void => {
    after = null;
    round = null;
  };
  const take = (): void => {
    if (after !== null) value = after;
    forget();
  };
  return {
    settled: () => value,
    replace(changed) {
      value = changed;
    },
    propose(proposed, changed) {
      round = proposed;
      after = changed;
    },
    settle(settledRound, outcome) {
      if (settledRound === round && outcome === 'accepted') take();
    },
    heal(accepted) {
      if (round !== null && accepted === round) take();
      else forget();
    },
    state: () => ({ value, after, round }),
  };
}
