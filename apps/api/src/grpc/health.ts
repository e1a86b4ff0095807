import { setTimeout as sleep } from 'node:timers/promises';
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { DataProviderService, MovieQueryService, ServingStatus, type Health } from '@marquee/proto';
import { StreamSlots } from '../database/stream-slots.ts';
import { serverStopping } from '../http/guard/request-errors.ts';
import type { Readiness } from '../resources/health/readiness.ts';
import { streamClientOf } from './calls.ts';

/** The empty name stands for the server. */
const SERVICES: readonly string[] = ['', MovieQueryService.typeName, DataProviderService.typeName];

const WATCHERS = { all: 100, ofParty: 10 };

/** What health is read with. */
export interface HealthParts {
  readonly readiness: Pick<Readiness, 'fault'>;
  /** How often it is read for those that watch it, in milliseconds. */
  readonly pollMs: number;
  /** Ends the calls that have no end of their own. */
  readonly stopping: AbortSignal;
}

/**
 * Health checking of gRPC: what `GET /health/ready` answers. The services are ready together.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthService({
  readiness,
  pollMs,
  stopping,
}: HealthParts): ServiceImpl<typeof Health> {
  const watchers = new StreamSlots(WATCHERS);
  const read = async () => ({
    status: (await readiness.fault()) === null ? ServingStatus.SERVING : ServingStatus.NOT_SERVING,
  });
  return {
    async check({ service }) {
      if (SERVICES.includes(service)) return read();
      throw new ConnectError(`There is no service ${service}.`, Code.NotFound);
    },
    async list() {
      const health = await read();
      return { statuses: Object.fromEntries(SERVICES.map((service) => [service, health])) };
    },
    async *watch({ service }, context: HandlerContext) {
      const free = watchers.take(streamClientOf(context));
      const signal = AbortSignal.any([context.signal, stopping]);
      const isKnown = SERVICES.includes(service);
      let last: ServingStatus | null = null;
      try {
        for (;;) {
          const { status } = isKnown ? await read() : { status: ServingStatus.SERVICE_UNKNOWN };
          if (status !== last) yield { status };
          last = status;
          await sleep(pollMs, undefined, { signal }).catch(() => undefined);
          context.signal.throwIfAborted();
          if (stopping.aborted) throw serverStopping();
        }
      } finally {
        free();
      }
    },
  };
}
