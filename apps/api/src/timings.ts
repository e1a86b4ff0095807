/** The API's intervals and limits, in milliseconds. */
export interface ApiTimings {
  /** How often the watch asks what is published, whether or not it was notified of a change. */
  readonly watchLookMs: number;
  /**
   * How long the watch's connection may be silent: then it is given up, and what it has said before
   * is not relied on.
   */
  readonly watchSilentMs: number;
  /** How often a run that clients watch is read. */
  readonly runLookMs: number;
  /**
   * How long a connection for look-ups may be silent before those who wait ask elsewhere. A look-up
   * takes a tenth of a millisecond; a machine that is short of processors can be silent for half of
   * the default.
   */
  readonly pipelineStalledMs: number;
  /** How long what `/health/ready` has found stands for those that ask next. */
  readonly readyKeepMs: number;
  /** How long `/health/ready` may take. */
  readonly readyLimitMs: number;
  /** Over how long the rate is looked at, at which a client reads an export. */
  readonly exportWindowMs: number;
  /** How often webhook deliveries that are due are looked for. */
  readonly webhookPollMs: number;
  /** How long the whole of an attempt to deliver to a webhook may take. */
  readonly webhookAttemptMs: number;
}

export const API_TIMINGS: ApiTimings = {
  watchLookMs: 1000,
  watchSilentMs: 2000,
  runLookMs: 500,
  pipelineStalledMs: 200,
  readyKeepMs: 500,
  readyLimitMs: 3000,
  exportWindowMs: 60_000,
  webhookPollMs: 2000,
  webhookAttemptMs: 10_000,
};
