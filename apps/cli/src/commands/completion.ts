import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import type { CliEnvironment } from '../context/context.ts';

/**
 * The bash script calls a function of the package bash-completion to split the line into words.
 * Without that package (macOS, containers), this function replaces it. It is defined only while the
 * completion runs, so that other scripts do not take it for the real one.
 */
const BASH_FALLBACK = `
__marquee_complete_anywhere() {
    if declare -F _get_comp_words_by_ref >/dev/null; then
        __marquee_complete
        return
    fi
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${words[cword]}
        prev=\${words[cword-1]}
    }
    __marquee_complete
    unset -f _get_comp_words_by_ref
}

complete -F __marquee_complete_anywhere marquee
`;

/**
 * Adds the command that completes all others in shells. Call it after they are added.
 *
 * @param args of the program: those after `--` are the words to complete
 */
export function addCompletion(
  program: Command,
  environment: CliEnvironment,
  args: readonly string[],
): void {
  const completions = tab(program);
  const command = program.commands.find((one) => one.name() === 'complete');
  const start = args.indexOf('--');
  if (start !== -1)
    command?.hook('preAction', async () => {
      const { addValues } = await import('./completion-values.ts');
      await addValues(completions, environment, args.slice(start + 1));
    });
  else
    command?.hook('postAction', ({ args: [shell] }) => {
      if (shell === 'bash') process.stdout.write(BASH_FALLBACK);
    });
}
