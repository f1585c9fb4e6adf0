/**
 * Data sets that come as IDX files: what they are called, where they lie below the data directory,
 * and where the public can fetch them. All facts about files are in this one table.
 */
export interface FileCatalogueEntry {
  readonly name: string;
  readonly describe: string;
  readonly classes: number;
  /** Label of the first class in the files. */
  readonly firstLabel: number;
  /** Folders below the data directory that are looked into, in order; the first is where `data fetch` writes. */
  readonly folders: readonly string[];
  readonly files: DatasetFiles;
  /** Base addresses; empty where the files are not offered one by one. */
  readonly mirrors: readonly string[];
  /** Where people get it, and how, if there is no mirror of single files. */
  readonly source: string;
}

/** The four files of a data set, without `.gz`. */
export interface DatasetFiles {
  readonly trainImages: FileSpec;
  readonly trainLabels: FileSpec;
  readonly testImages: FileSpec;
  readonly testLabels: FileSpec;
}

export interface FileSpec {
  readonly name: string;
  /** Of the `.gz` file as published, where known. */
  readonly sha256?: string;
}

export const FILE_PARTS = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const;

/** File names of MNIST, which other data sets have taken over. */
export function mnistFiles(sha256: readonly string[] = []): DatasetFiles {
  const file = (name: string, i: number): FileSpec => (sha256[i] === undefined ? { name } : { name, sha256: sha256[i] });
  return {
    trainImages: file('train-images-idx3-ubyte', 0),
    trainLabels: file('train-labels-idx1-ubyte', 1),
    testImages: file('t10k-images-idx3-ubyte', 2),
    testLabels: file('t10k-labels-idx1-ubyte', 3),
  };
}

function emnist(part: string, describe: string, classes: number, firstLabel: number): FileCatalogueEntry {
  const prefix = `emnist-${part}`;
  return {
    name: prefix,
    describe,
    classes,
    firstLabel,
    folders: ['emnist', 'emnist/gzip', prefix],
    files: {
      trainImages: { name: `${prefix}-train-images-idx3-ubyte` },
      trainLabels: { name: `${prefix}-train-labels-idx1-ubyte` },
      testImages: { name: `${prefix}-test-images-idx3-ubyte` },
      testLabels: { name: `${prefix}-test-labels-idx1-ubyte` },
    },
    mirrors: [],
    source:
      'Download https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip (all parts in one archive) and unpack it into the folder "emnist" of the data directory',
  };
}

export const FILE_CATALOGUE: readonly FileCatalogueEntry[] = [
  {
    name: 'mnist',
    describe: 'MNIST: handwritten digits of LeCun, Cortes and Burges (60,000 and 10,000 of 28x28, 10 classes; IDX files)',
    classes: 10,
    firstLabel: 0,
    folders: ['mnist'],
    files: mnistFiles([
      '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    ]),
    mirrors: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
    source: 'Run "wfl-sim data fetch mnist"',
  },
  {
    name: 'fashion-mnist',
    describe: 'Fashion-MNIST: articles of clothing by Zalando (60,000 and 10,000 of 28x28, 10 classes; IDX files)',
    classes: 10,
    firstLabel: 0,
    folders: ['fashion-mnist'],
    files: mnistFiles([
      '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    ]),
    mirrors: [
      'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
      'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
    ],
    source: 'Run "wfl-sim data fetch fashion-mnist"',
  },
  emnist('letters', 'EMNIST letters: both cases in one class (124,800 and 20,800 of 28x28, 26 classes; IDX files)', 26, 1),
  emnist('balanced', 'EMNIST balanced: digits and letters (112,800 and 18,800 of 28x28, 47 classes; IDX files)', 47, 0),
  emnist('digits', 'EMNIST digits (240,000 and 40,000 of 28x28, 10 classes; IDX files)', 10, 0),
];
