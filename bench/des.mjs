/**
 * Events per second of the hold model: with N events pending, each event that runs schedules one
 * more, so that N stays the same. Beside the kernel, in the same run: a plain binary heap of
 * objects as one would write it first, and SimPy where python3 has it.
 *
 *   npm run bench:des [-- --json] [-- --events 1000000]
 */
import { spawnSync } from 'node:child_process';
import { createKernel } from '../dist/des/index.js';
import { exponential, stream } from '../dist/random/index.js';

const PENDING = [1, 1_000, 10_000, 100_000];
const REPETITIONS = 3;

const flag = (name) => process.argv.includes(name);
const option = (name, standard) => {
  const index = process.argv.indexOf(name);
  return index < 0 ? standard : Number(process.argv[index + 1]);
};
const events = option('--events', 1_000_000);

const draws = stream(1, 'bench-hold');
const delays = Float64Array.from({ length: 65_536 }, () => exponential(draws));

async function holdKernel(pending) {
  const kernel = createKernel();
  let left = events;
  let next = 0;
  const hold = (client) => {
    if (left-- > 0) kernel.schedule(delays[next++ & 65_535], hold, client, 'hold');
  };
  for (let i = 0; i < pending; i++) kernel.schedule(delays[next++ & 65_535], hold, i, 'hold');
  const start = performance.now();
  await kernel.run();
  return (events + pending) / (performance.now() - start) * 1000;
}

/** The peer: objects in an array, a binary heap, and the same order of events. */
function createNaiveKernel() {
  const heap = [];
  let now = 0;
  let sequence = 0;
  const before = (a, b) => a.time < b.time || (a.time === b.time && (a.priority < b.priority || (a.priority === b.priority && a.sequence < b.sequence)));
  return {
    schedule(delay, handler, argument, origin, priority = 0) {
      const event = { time: now + delay, priority, sequence: sequence++, handler, argument, origin };
      let i = heap.push(event) - 1;
      while (i > 0 && before(event, heap[(i - 1) >> 1])) {
        heap[i] = heap[(i - 1) >> 1];
        i = (i - 1) >> 1;
      }
      heap[i] = event;
    },
    run() {
      while (heap.length > 0) {
        const event = heap[0];
        const last = heap.pop();
        if (heap.length > 0) {
          let i = 0;
          for (let child = 1; child < heap.length; child = 2 * i + 1) {
            if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
            if (before(last, heap[child])) break;
            heap[i] = heap[child];
            i = child;
          }
          heap[i] = last;
        }
        now = event.time;
        event.handler(event.argument);
      }
    },
  };
}

function holdNaive(pending) {
  const kernel = createNaiveKernel();
  let left = events;
  let next = 0;
  const hold = (client) => {
    if (left-- > 0) kernel.schedule(delays[next++ & 65_535], hold, client, 'hold');
  };
  for (let i = 0; i < pending; i++) kernel.schedule(delays[next++ & 65_535], hold, i, 'hold');
  const start = performance.now();
  kernel.run();
  return (events + pending) / (performance.now() - start) * 1000;
}

const SIMPY = `
import sys, time, random
try:
    import simpy
except ImportError:
    print("absent"); sys.exit()
pending, events = int(sys.argv[1]), int(sys.argv[2])
environment = simpy.Environment()
draw = random.Random(1).expovariate
left = events
def hold(event):
    global left
    left -= 1
    if left > 0:
        environment.timeout(draw(1.0)).callbacks.append(hold)
for _ in range(pending):
    environment.timeout(draw(1.0)).callbacks.append(hold)
start = time.perf_counter()
environment.run()
print((events + pending) / (time.perf_counter() - start))
`;

/** Events per second of SimPy, or null where it is absent. It is slow, so it gets fewer events. */
function holdSimpy(pending) {
  const outcome = spawnSync(process.env.PYTHON ?? 'python3', ['-c', SIMPY, String(pending), String(Math.ceil(events / 5))], { encoding: 'utf8' });
  const rate = outcome.status === 0 ? Number(outcome.stdout) : NaN;
  return Number.isFinite(rate) ? rate : null;
}

async function best(measure) {
  let rate = 0;
  for (let i = 0; i < REPETITIONS; i++) rate = Math.max(rate, await measure());
  return rate;
}

const rows = [];
for (const pending of PENDING) {
  const kernel = await best(() => holdKernel(pending));
  const naive = await best(() => holdNaive(pending));
  const simpy = holdSimpy(pending);
  rows.push({
    pending,
    eventsPerSecond: Math.round(kernel),
    naiveHeapEventsPerSecond: Math.round(naive),
    ratioToNaiveHeap: Number((kernel / naive).toFixed(2)),
    simpyEventsPerSecond: simpy === null ? null : Math.round(simpy),
    ratioToSimpy: simpy === null ? null : Number((kernel / simpy).toFixed(1)),
  });
}

if (flag('--json')) {
  console.log(JSON.stringify({ benchmark: 'des-hold', events, node: process.version, rows }));
} else {
  const million = (rate) => (rate === null ? 'absent' : `${(rate / 1e6).toFixed(2)} M/s`).padStart(12);
  console.log(`hold model, ${events} events, best of ${REPETITIONS}, Node ${process.version}`);
  console.log('   pending      kernel  naive heap   ratio       SimPy   ratio');
  for (const row of rows) {
    const toSimpy = row.ratioToSimpy === null ? '-' : String(row.ratioToSimpy);
    console.log(
      `${String(row.pending).padStart(10)}${million(row.eventsPerSecond)}${million(row.naiveHeapEventsPerSecond)}` +
        `${String(row.ratioToNaiveHeap).padStart(8)}${million(row.simpyEventsPerSecond)}${toSimpy.padStart(8)}`,
    );
  }
}
