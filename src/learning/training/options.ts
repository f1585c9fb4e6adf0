/** How a client trains in one round, all schedules resolved to numbers. */
export interface LocalTrainingOptions {
  /** `update`: local steps; `gradient`: one gradient at the received weights. */
  readonly input: 'update' | 'gradient';
  /** Of `input: gradient`: over all samples of the client, or over one minibatch. */
  readonly gradient: 'full-batch' | 'minibatch';
  /** Passes over the client's samples; ignored where `localSteps` is given. */
  readonly localEpochs: number;
  /** Minibatch steps, or null to count in epochs. */
  readonly localSteps: number | null;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Factor mu of the proximal term mu/2 |w - w_received|^2 (FedProx); 0 switches it off. */
  readonly proximal: number;
}
