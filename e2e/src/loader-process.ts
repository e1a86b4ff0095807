import { LoaderConfig, startLoader, type LoaderTimings } from '@marquee/loader';
import { createLog } from '@marquee/process';

/** A loader in its own process, for a test to freeze. Sends a message once it is up. */
const [env = '', timings = ''] = process.argv.slice(2);
await startLoader(
  LoaderConfig.parse(JSON.parse(env)),
  createLog('loader', 'silent'),
  JSON.parse(timings) as Partial<LoaderTimings>,
);
process.send?.('up');
