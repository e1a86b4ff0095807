import { ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { url } from '@marquee/process';
import { z } from 'zod';

/** The settings of a service that sends traces. */
export const TracingConfig = z.object({
  /** Where traces are sent; unset for none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https').optional(),
  ...ProxyConfig.shape,
});
export type TracingConfig = z.infer<typeof TracingConfig>;

/**
 * Starts a worker, with traces of its jobs if the settings want them. OpenTelemetry is imported only
 * then.
 *
 * @param service such as `marquee-loader`
 * @returns as `start` does: stops the worker, and then sends the spans that are left
 */
export async function traced(
  service: string,
  config: TracingConfig,
  start: () => Promise<() => Promise<void>>,
): Promise<() => Promise<void>> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return start();
  const { Tracing } = await import('./tracing.ts');
  const tracing = new Tracing({ service, endpoint, proxies: proxiesOf(config), ofJobs: true });
  const stop = await start();
  return async () => {
    await stop();
    await tracing.close();
  };
}
