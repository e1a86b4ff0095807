export {
  checkConnections,
  connectionWarning,
  countProcesses,
  MOST_CONNECTIONS,
  WATCH_SESSION,
} from './connection-check.ts';
export {
  DownloadResult,
  flowOf,
  jobId,
  lastJobOf,
  NO_PROGRESS,
  stepsOf,
  type Payload,
  type JobProgress,
  type RunRequest,
} from './jobs.ts';
export { prepareQueue, RunQueue } from './queue.ts';
export { redisOptions } from './redis-options.ts';
export { Schedule, type ScheduleOptions } from './schedule.ts';
export { isRetryable } from './retryable-errors.ts';
export {
  CANCELLED,
  cancelledFault,
  describeError,
  hintToPublishOthers,
  RunFault,
  SKIPPED,
  skippedFault,
} from './run-fault.ts';
export { readSteps, speedOf } from './steps.ts';
export {
  startWorker,
  WORKER_TIMINGS,
  type Handler,
  type Handlers,
  type JobContext,
  type WorkerTimings,
} from './worker.ts';
