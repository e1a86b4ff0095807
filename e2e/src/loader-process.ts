import { LoaderConfig, startLoader, type LoaderTimings } from '@marquee/loader';
import { createLog } from '@marquee/process';

/** A loader as a process of its own, for a test to freeze. Says that it is up by a message. */
const [env = '', timings = ''] = process.argv.slice(2);
await startLoader(
  LoaderConfig.parse(JSON.parse(env)),
  createLog('loader', 'silent'),
  JSON.parse(timings) as Partial<LoaderTimings>,
);
process.send?.('up');
