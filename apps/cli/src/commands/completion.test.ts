import { expect, it, onTestFinished, vi } from 'vitest';
import { marquee } from '../testing/marquee.ts';

/** The output of `marquee complete`, which also reads the process's arguments. */
async function complete(...args: string[]): Promise<string> {
  const { argv } = process;
  process.argv = ['node', 'marquee', 'complete', ...args];
  let logged = '';
  const log = vi.spyOn(console, 'log').mockImplementation((text: unknown) => {
    logged += `${String(text)}\n`;
  });
  onTestFinished(() => {
    process.argv = argv;
    log.mockRestore();
  });
  const { stdout } = await marquee({}, ['complete', ...args]);
  process.argv = argv;
  return logged + stdout;
}

const describeStep = (text: string) => text.split('\n').map((line) => line.split('\t')[0]);

it('is a script for each shell; the one for bash also works without a package', async () => {
  expect(await complete('bash')).toMatch(/complete -F __marquee_complete_anywhere marquee\n$/u);
  for (const shell of ['zsh', 'fish', 'powershell']) {
    const script = await complete(shell);
    expect(script, shell).toContain('marquee');
    expect(script, shell).not.toContain('_anywhere');
  }
});

it('completes commands, subcommands and options', async () => {
  expect(describeStep(await complete('--', 'sna'))).toContain('snapshots');
  expect(describeStep(await complete('--', 'runs', ''))).toEqual(
    expect.arrayContaining(['list', 'watch', 'cancel']),
  );
  const options = describeStep(await complete('--', 'search', '--mi'));
  expect(options).toEqual(expect.arrayContaining(['--min-rating', '--min-votes']));
  expect(options).not.toContain('--kind');
});

it('takes bash after -- as a word to complete', async () => {
  expect(await complete('--', 'bash')).not.toContain('complete -F');
});
