/** A stretch of straight, even motion; a client's motion is a chain of them, each drawn from the one before. */
export interface Leg {
  readonly index: number;
  readonly startS: number;
  readonly endS: number;
  readonly xM: number;
  readonly yM: number;
  readonly velocityX: number;
  readonly velocityY: number;
  readonly speed: number;
  /** Path length walked up to the start. */
  readonly pathM: number;
}

/** How many legs are remembered to start from when an earlier time is asked. */
const REMEMBERED = 64;

/**
 * Finds the leg of any time in a chain that can only be drawn in order. It remembers a bounded
 * number of legs, spread evenly over the time so far (each second one is dropped when there are too
 * many), so that memory is flat and going back costs at most a part of the chain.
 */
export function legAt(first: Leg, next: (leg: Leg) => Leg): (timeS: number) => Leg {
  let remembered: Leg[] = [first];
  let stride = 1;
  let current = first;
  let before = first;
  return (timeS) => {
    if (timeS >= current.startS && timeS < current.endS) return current;
    if (timeS >= before.startS && timeS < before.endS) return before;
    if (timeS < current.startS) {
      current = first;
      for (const leg of remembered) {
        if (leg.startS > timeS) break;
        current = leg;
      }
    }
    while (timeS >= current.endS) {
      before = current;
      current = next(current);
      if (current.index % stride === 0 && current.index > remembered[remembered.length - 1].index) {
        remembered.push(current);
        if (remembered.length > REMEMBERED) {
          stride *= 2;
          remembered = remembered.filter((leg) => leg.index % stride === 0);
        }
      }
    }
    return current;
  };
}
