import { expect, it } from 'vitest';
import { logFields, sessionName, withLogFields } from './log-context.ts';

it('lasts for the work, with whatever that awaits, and adds to what is there', async () => {
  await withLogFields({ request: 'one' }, async () => {
    await Promise.resolve();
    expect(logFields()).toEqual({ request: 'one' });
    withLogFields({ job: 'load', run: 'two' }, () => {
      expect(logFields()).toEqual({ request: 'one', job: 'load', run: 'two' });
    });
    expect(sessionName('marquee loader')).toBe('marquee loader one');
  });
  expect(logFields()).toEqual({});
  expect(sessionName('marquee loader')).toBe('marquee loader');
});
