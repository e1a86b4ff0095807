import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { ProblemSchema } from '@marquee/proto';
import { headersOfProblem, problemOf } from '../http/errors/problem.filter.ts';
import { toProblem, type ProblemFields } from '../problems/problem-exception.ts';

/** The code of gRPC for each status of a problem. */
const CODES: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.NotFound,
  405: Code.Unimplemented,
  406: Code.InvalidArgument,
  408: Code.DeadlineExceeded,
  409: Code.FailedPrecondition,
  410: Code.OutOfRange,
  413: Code.ResourceExhausted,
  414: Code.InvalidArgument,
  415: Code.InvalidArgument,
  416: Code.OutOfRange,
  421: Code.PermissionDenied,
  422: Code.InvalidArgument,
  429: Code.ResourceExhausted,
  499: Code.Canceled,
  500: Code.Internal,
  501: Code.Unimplemented,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.DeadlineExceeded,
};

/** The code of gRPC for a problem. */
export function codeOf({ status, code }: Pick<ProblemFields, 'status' | 'code'>): Code {
  // clients repeat what is unavailable, and the same question would take as long again
  if (code === 'too-slow') return Code.DeadlineExceeded;
  return CODES[status] ?? Code.Unknown;
}

/** The statuses of what has no problem: a call that its client or its deadline has ended. */
const STATUSES: ReadonlyMap<Code, number> = new Map([
  [Code.Canceled, 499],
  [Code.Aborted, 499],
  [Code.DeadlineExceeded, 504],
  [Code.ResourceExhausted, 429],
  [Code.Unimplemented, 501],
  [Code.NotFound, 404],
]);

/** What the log and the metrics say of a failed call. */
export function failureOf(error: unknown): Pick<ProblemFields, 'status' | 'code' | 'detail'> {
  if (!(error instanceof ConnectError)) return problemOf(error);
  const status = STATUSES.get(error.code) ?? 400;
  return { status, code: Code[error.code].toLowerCase(), detail: error.rawMessage };
}

/** The error of gRPC for a fault: its detail is the problem that the HTTP API would answer. */
export function errorOfCall(error: unknown, requestId: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const fields = problemOf(error);
  const { detail, hint } = fields;
  const problem = fromJson(ProblemSchema, toProblem(fields, requestId) as JsonObject);
  return new ConnectError(
    hint === undefined ? detail : `${detail} ${hint}`,
    codeOf(fields),
    headersOfProblem(error, fields),
    [{ desc: ProblemSchema, value: problem }],
    error,
  );
}
