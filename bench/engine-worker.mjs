// One worker of the scaling measurement in bench/engine.mjs: trains until told to stop.
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../dist/learning/engines/index.js';
import { trainer } from './engine-trainer.mjs';

const { handle, model, batch } = workerData;
const train = trainer(createEngine(handle), model, batch);
train(0.2);
parentPort.on('message', (seconds) => parentPort.postMessage(train(seconds)));
parentPort.postMessage('ready');
