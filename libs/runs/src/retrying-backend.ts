import { ConnectionClosedError, type IQueueBackend } from 'bullmq';
import { isRetryable } from './faults.ts';

/** The queue's home is away for a moment. */
class BackendUnavailable extends ConnectionClosedError {
  override readonly name = 'HomeAway';
  /** For jobs that ask the queue for something: see {@link isRetryable}. */
  readonly retryable = true;
}

/**
 * A worker's backend for which every fault that passes is a lost connection: the worker waits a
 * little and does the same again.
 *
 * By itself BullMQ knows lost connections as Redis loses them. That PostgreSQL starts or ends is
 * any other fault to it: a worker then takes a job that is done for one that has failed, and asks
 * for the next one without a pause, hundreds of times a second.
 */
export function retrying<B extends IQueueBackend>(backend: B): B {
  return new Proxy(backend, {
    get(target, name) {
      const part: unknown = Reflect.get(target, name, target);
      if (typeof part !== 'function') return part;
      return (...given: unknown[]) => {
        const answer: unknown = Reflect.apply(part, target, given);
        return answer instanceof Promise ? answer.catch(rethrow) : answer;
      };
    },
  });
}

function rethrow(error: unknown): never {
  throw error instanceof Error && isRetryable(error)
    ? new BackendUnavailable(error.message, error)
    : error;
}
