/** The API's intervals and time limits, in milliseconds. */
export interface ApiTimings {
  /** How often the watch polls the published version, besides notifications. */
  readonly watchPollMs: number;
  /** After this silence the watch's connection is closed, and what it reported no longer counts. */
  readonly watchSilentMs: number;
  /** How often what a replica has replayed is polled, while it is current. */
  readonly replicaPollMs: number;
  /** After this silence a replica is out. A request that waits for it gets its answer elsewhere. */
  readonly replicaSilentMs: number;
  /** How often a run that clients watch is read. */
  readonly runPollMs: number;
  /** How often deliveries and health are read for calls of gRPC that watch them. */
  readonly callPollMs: number;
  /**
   * How long a pipelined connection may be silent before waiting look-ups go to another pool. A
   * look-up takes 0.1 ms; on an overloaded machine, silence can last half of the default.
   */
  readonly pipelineStalledMs: number;
  /** How long a result of `/health/ready` is reused. */
  readonly readyKeepMs: number;
  /** How long `/health/ready` may take. */
  readonly readyLimitMs: number;
  /** The window over which the rate of an export's client is measured. */
  readonly exportWindowMs: number;
  /**
   * How long a connection may take until the head of a request is complete. Node looks for late
   * ones once a second.
   */
  readonly headMs: number;
  /** How long a body may take; of a streamed one, how long it may send nothing. */
  readonly bodyMs: number;
  /** How often the database is polled for webhook deliveries that are due. */
  readonly webhookPollMs: number;
  /** Time limit of a whole delivery attempt to a webhook. */
  readonly webhookAttemptMs: number;
  /** How often the files of the certificate are read. */
  readonly certificateMs: number;
  /** The longest silence on a stream of events. */
  readonly heartbeatMs: number;
  /** How long the client of a stream of events may read nothing. */
  readonly stalledMs: number;
}

export const API_TIMINGS: ApiTimings = {
  watchPollMs: 1000,
  watchSilentMs: 2000,
  replicaPollMs: 200,
  replicaSilentMs: 1000,
  runPollMs: 500,
  callPollMs: 1000,
  pipelineStalledMs: 200,
  readyKeepMs: 500,
  readyLimitMs: 3000,
  exportWindowMs: 60_000,
  headMs: 14_000,
  bodyMs: 15_000,
  webhookPollMs: 2000,
  webhookAttemptMs: 10_000,
  certificateMs: 10_000,
  heartbeatMs: 15_000,
  stalledMs: 60_000,
};
