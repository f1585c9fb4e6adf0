import { selectEngine } from '../../dist/learning/engines/index.js';
import { mnist } from './data.js';
import type { MlpRequest } from './mlp.js';
import { above, between, exactly, near, nearly, reported, type Context, type Reproduction, type Row } from './reproduction.js';
import type { WynerZivRun } from './side-information.js';
import { inThreads } from './threads.js';
import { distanceAdaptiveRows, distanceRows } from './wyner-ziv-distance.js';
import { coderError, type CoderMode } from './wyner-ziv-error.js';

const ELEMENTS = 1 << 22;
const MESSAGES = 2000;

export const wynerZiv: Reproduction = {
  name: 'wyner-ziv',
  describe: 'Liang et al., arXiv 2111.08277 (coding layer of Mayekar et al. and Davies et al.): quantization error, failures, use of side information',
  sections: [
    { title: 'Error and failures for normal differences', setting: `${ELEMENTS} elements, seed 1; scales travel as bfloat16 rounded up, which costs up to 0.8 % of spacing`, rows: errorTable },
    {
      title: 'Rotated, subsampled and distance-adaptive estimators',
      setting: `d 1024, |x - y| = Delta = 1, delta = Delta / sqrt(n), ${MESSAGES} messages each, seed 1; the theory is that of normal coordinates after the rotation`,
      rows: () => [...distanceRows(MESSAGES, 1), ...distanceAdaptiveRows(MESSAGES, 1)],
    },
    {
      title: 'Error of the messages of a training run',
      setting: 'MNIST, MLP 784-64-10, 10 clients, lr 0.05, batches of 64, 16 steps per round (1,024 samples), 30 rounds, blocks of 1024; means over all messages; one seed on either side (ours: 1)',
      rows: trainingTable,
    },
  ],
};

/** Bits, spacing over deviation, mean squared error over variance, failures per element: minima found numerically. */
export const ERROR_TABLE: readonly (readonly [CoderMode, number, number, number, number])[] = [
  ['dither', 2, 1.74, 0.3178, 1.6e-3],
  ['dither', 3, 0.9523, 0.0881, 2.3e-4],
  ['dither', 4, 0.5163, 0.0251, 4.4e-5],
  ['dither', 5, 0.2786, 0.00716, 8.9e-6],
  ['dither', 6, 0.1491, 0.00202, 1.9e-6],
  ['dither', 8, 0.0417, 0.00016, 9e-8],
  ['stochastic', 2, 1.612, 0.625, 6.5e-3],
  ['stochastic', 3, 0.909, 0.1671, 6.3e-4],
  ['stochastic', 4, 0.496, 0.0471, 1e-4],
  ['stochastic', 5, 0.268, 0.0134, 2e-5],
  ['stochastic', 6, 0.144, 0.0038, 4.1e-6],
  ['stochastic', 8, 0.0407, 0.0003, 2e-7],
  ['differential', 1, 1.596, 0.3634, 0],
  ['differential', 2, 0.9957, 0.1189, 0],
  ['differential', 3, 0.5859, 0.0374, 0],
  ['differential', 4, 0.3353, 0.0115, 0],
  ['differential', 5, 0.1881, 0.0035, 0],
  ['differential', 6, 0.1041, 0.00104, 0],
  ['differential', 8, 0.0308, 0.00009, 0],
];

/**
 * Wrapped elements weigh (k spacing)^2 each, so the scatter of their number enters the tolerance of
 * the error; to it come 3 % for the rounded scales, and half of the last digit of the table.
 */
export function errorRows([mode, bits, spacing, error, failureRate]: (typeof ERROR_TABLE)[number], elements: number, seed: number): readonly Row[] {
  const measured = coderError(mode, bits, elements, seed);
  const expectedFailures = failureRate * elements;
  const wrap = (1 << bits) * spacing;
  const scatter = (3 * Math.sqrt(expectedFailures) * wrap * wrap) / elements;
  const lastDigit = error < 0.01 ? 0.5e-5 : 0.5e-4;
  const name = `${mode}, ${bits} bits`;
  const rows = [
    exactly(`${name}: spacing over deviation`, 'independent run', measured.spacing, spacing),
    near(`${name}: error over variance`, 'independent run', measured.error, error, 0.03 * error + scatter + lastDigit),
  ];
  if (mode === 'differential') return rows;
  // A scale 0.8 % too large makes failures up to 20 % rarer; counts scatter as Poisson's.
  const slack = 4 * Math.sqrt(expectedFailures) + 1;
  return [...rows, between(`${name}: failures in ${elements} elements`, 'independent run', measured.failures, Math.max(0, 0.75 * expectedFailures - slack), 1.1 * expectedFailures + slack)];
}

function errorTable({ tell }: Context): readonly Row[] {
  return ERROR_TABLE.flatMap((entry) => {
    tell(`  ${entry[0]}, ${entry[1]} bits`);
    return errorRows(entry, ELEMENTS, 1);
  });
}

/** Name, options; error, distance of the side information and final accuracy with all classes per client, then with two. */
const TRAINING_TABLE = [
  ['y = 0, 2 bits', { sideInformation: 'none', bits: 2 }, [0.308, 1, 0.9393], [0.291, 1, 0.8838]],
  ['y = 0, 3 bits', { sideInformation: 'none', bits: 3 }, [0.085, 1, 0.9399], [0.08, 1, 0.884]],
  ['own, 2 bits', { sideInformation: 'own', gain: false, bits: 2 }, [0.745, 1.56, 0.9397], [0.113, 0.57, 0.8839]],
  ['own, 3 bits', { sideInformation: 'own', gain: false, bits: 3 }, [0.153, 1.35, 0.9396], [0.0235, 0.489, 0.8844]],
  ['a own, 2 bits', { sideInformation: 'own', bits: 2 }, [0.29, 0.969, 0.9391], [0.0847, 0.496, 0.8838]],
  ['a own, 3 bits', { sideInformation: 'own', bits: 3 }, [0.0792, 0.964, 0.9399], [0.0198, 0.451, 0.8844]],
  ['own, differential, 1 bit', { sideInformation: 'own', gain: false, coding: 'differential', bits: 1 }, [0.611, 1.31, 0.9394], [0.094, 0.482, 0.885]],
  ['own, differential, 2 bits', { sideInformation: 'own', gain: false, coding: 'differential', bits: 2 }, [0.192, 1.29, 0.9396], [0.0283, 0.463, 0.8858]],
  ['aggregate, 2 bits', { sideInformation: 'aggregate', bits: 2 }, [0.333, 1.03, 0.9396], [0.299, 1.01, 0.8848]],
  ['aggregate, 3 bits', { sideInformation: 'aggregate', bits: 3 }, [0.091, 1.03, 0.9398], [0.081, 1.01, 0.8843]],
  ['peers, 2 bits', { sideInformation: 'peers', bits: 2 }, [0.315, 1.01, 0.9394], [0.375, 1.13, 0.8838]],
  ['peers, 3 bits', { sideInformation: 'peers', bits: 3 }, [0.085, 1.01, 0.94], [0.103, 1.13, 0.8837]],
] as const;

/** Other initial weights and minibatches on either side: shares for errors and distances, accuracy in absolute terms. */
const SPREAD = { error: 0.15, distance: 0.1, accuracy: { 10: 0.01, 2: 0.03 } } as const;

/**
 * The independent run makes the scale of each message of its very deviation from the side information:
 * its errors over the squared distances are those of the error table in every row. No client can know
 * the deviation from its peers of the same round, so the messages of such a run are coded once more
 * with the deviation known; what the hints of the server come to stands beside it.
 */
function errorOfMessages(name: string, { sideInformation }: { readonly sideInformation: string }, { nmse, toldNmse }: WynerZivRun, expected: number): readonly Row[] {
  if (sideInformation !== 'peers') return [nearly(`${name}: error over |x|^2`, 'independent run', nmse, expected, SPREAD.error)];
  return [
    nearly(`${name}: error over |x|^2, deviation known`, 'independent run', toldNmse, expected, SPREAD.error),
    reported(`${name}: error over |x|^2, deviation hinted`, 'independent run', nmse, expected),
  ];
}

async function trainingTable({ dataDir, tell }: Context): Promise<readonly Row[]> {
  mnist(dataDir, 10);
  const engine = await selectEngine('auto');
  const classes = [10, 2] as const;
  const requests = classes.flatMap((classesPerClient) =>
    TRAINING_TABLE.map(([, options]): MlpRequest => ({
      scheme: 'wyner-ziv', options, seed: 1, engine, normalisation: null, clients: 10, perRound: 10,
      partition: { name: 'classes', classesPerClient, assignment: 'rotating' },
      training: { localEpochs: 1, localSteps: 16, batchSize: 64, learningRate: 0.05, momentum: 0, weightDecay: 0 },
      rounds: 30, testedAfter: [30],
    })),
  );
  const results = await inThreads<WynerZivRun>('side-information-thread.js', { dataDir }, requests, ({ nmse, toldNmse, distance, accuracy }) => tell(`  error ${nmse.toPrecision(3)}, with the deviation known ${toldNmse.toPrecision(3)}, distance ${distance.toPrecision(3)}, accuracy ${accuracy}`));
  const rows = requests.flatMap((_, at): Row[] => {
    const which = Math.floor(at / TRAINING_TABLE.length);
    const [label, options, ...expected] = TRAINING_TABLE[at % TRAINING_TABLE.length];
    const [error, distance, accuracy] = expected[which];
    const name = `${label}, ${classes[which]} classes per client`;
    return [
      ...errorOfMessages(name, options, results[at], error),
      nearly(`${name}: distance of the side information`, 'independent run', results[at].distance, distance, SPREAD.distance),
      near(`${name}: accuracy`, 'independent run', results[at].accuracy, accuracy, SPREAD.accuracy[classes[which]]),
    ];
  });
  const errorOf = (label: string): number => results[TRAINING_TABLE.length + TRAINING_TABLE.findIndex(([name]) => name === label)].nmse;
  return [...rows, above('2 classes, 3 bits: error without side information over that with own history (the claim of the paper)', 'paper', errorOf('y = 0, 3 bits') / errorOf('a own, 3 bits'), 2)];
}
