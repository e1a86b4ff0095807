import { logFields } from '@marquee/process';
import { context, propagation } from '@opentelemetry/api';
import { z } from 'zod';

/** What a job is done for: the queue carries it beside the payload. */
export const JobOrigin = z.object({
  /** The id of the request that started the work; null for none, such as a schedule. */
  request: z
    .string()
    .regex(/^[\w-]{1,100}$/u)
    .nullable(),
  /** Its trace, as W3C Trace Context writes it; null if none is sent. */
  traceparent: z.string().max(100).nullable(),
});
export type JobOrigin = z.infer<typeof JobOrigin>;

/** The origin of jobs that the current request or job adds; null outside of one. */
export function currentOrigin(): JobOrigin | null {
  const { request = null } = logFields();
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  const { traceparent = null } = carrier;
  return request === null && traceparent === null ? null : { request, traceparent };
}

/** The origin of a job; of another version, or without one, nothing is known. */
export function originOf({ data }: { readonly data: unknown }): JobOrigin {
  const parsed = z.object({ origin: JobOrigin }).safeParse(data);
  return parsed.success ? parsed.data.origin : { request: null, traceparent: null };
}
