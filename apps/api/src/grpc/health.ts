import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { DataProviderService, MovieQueryService, ServingStatus, type Health } from '@marquee/proto';
import { StreamSlots } from '../database/stream-slots.ts';
import type { Readiness } from '../resources/health/readiness.ts';
import { poll, type PollParts } from './calls.ts';

/** The empty name stands for the server. */
const SERVICES: readonly string[] = ['', MovieQueryService.typeName, DataProviderService.typeName];

const WATCHERS = { all: 100, ofParty: 10 };

/** What health is read with. */
export interface HealthParts extends PollParts {
  readonly readiness: Pick<Readiness, 'fault'>;
}

/**
 * Health checking of gRPC: what `GET /health/ready` answers. The services are ready together.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthService({ readiness, ...polling }: HealthParts): ServiceImpl<typeof Health> {
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
      const readKnown = SERVICES.includes(service)
        ? read
        : async () => Promise.resolve({ status: ServingStatus.SERVICE_UNKNOWN });
      let last: ServingStatus | null = null;
      for await (const { status } of poll(readKnown, context, watchers, polling)) {
        if (status !== last) yield { status };
        last = status;
      }
    },
  };
}
