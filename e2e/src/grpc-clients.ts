import { toJson, type JsonObject } from '@bufbuild/protobuf';
import { ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import type { Movie as MovieOfApi } from '@marquee/contract';
import { MovieSchema, ProblemSchema } from '@marquee/proto';
import { expect } from 'vitest';
import type { System } from './system.ts';

export type Addresses = Pick<System, 'apiUrl' | 'grpcUrl'>;

/** gRPC by HTTP/2 on its own port; the others beside HTTP requests. */
export const PROTOCOLS = {
  gRPC: ({ grpcUrl: baseUrl }: Addresses, interceptors: Interceptor[] = []) =>
    createGrpcTransport({ baseUrl, interceptors }),
  'gRPC-Web': ({ apiUrl: baseUrl }: Addresses, interceptors: Interceptor[] = []) =>
    createGrpcWebTransport({ baseUrl, interceptors, httpVersion: '1.1' }),
  'Connect with JSON': ({ apiUrl: baseUrl }: Addresses, interceptors: Interceptor[] = []) =>
    createConnectTransport({
      baseUrl,
      interceptors,
      httpVersion: '1.1',
      useBinaryFormat: false,
      useHttpGet: true,
    }),
} as const satisfies Record<string, (to: Addresses, interceptors?: Interceptor[]) => Transport>;
/** Sends a key with each call. */
export const withKey =
  (key: string): Interceptor =>
  (next) =>
  async (call) => {
    call.header.set('authorization', `Bearer ${key}`);
    return next(call);
  };

/** The error of a call, with the problem that is its detail. */
export async function errorOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => expect.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectError)) throw error;
  return { error, code: error.code, problem: error.findDetails(ProblemSchema)[0] };
}

/** Without what is not set, and numbers as numbers: 64-bit ones are texts in JSON of protobuf. */
function known(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((one) => known(one));
  if (typeof value !== 'object' || value === null)
    return value === null || (name === 'version' && Number(value) === 0)
      ? undefined
      : ['votes', 'voices', 'version'].includes(name)
        ? Number(value)
        : value;
  const entries = Object.entries(value)
    .map(([key, one]) => [key, known(one, key)] as const)
    .filter(([, one]) => one !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A time with its milliseconds, which protobuf leaves out where they are zero. */
const timeOf = (time: unknown) => (typeof time === 'string' ? new Date(time).toISOString() : null);

/** A movie of the HTTP API in the form of the message. */
export const asMessage = ({ ids, updatedAt, ...movie }: Partial<MovieOfApi>) =>
  known({
    ...movie,
    ids: Object.fromEntries(
      Object.entries(ids ?? {}).map(([party, given]) => [party, { ids: given }]),
    ),
    updatedAt: timeOf(updatedAt),
  });

/** A message in the same form. */
export const json = (movie: Parameters<typeof toJson<typeof MovieSchema>>[1] | undefined) => {
  const { updatedAt, ...rest } = (
    movie === undefined ? {} : toJson(MovieSchema, movie)
  ) as JsonObject;
  return known({
    ...rest,
    updatedAt: timeOf(updatedAt),
  });
};
