import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/**
 * The script for bash asks a function of the package bash-completion for the words of the line.
 * Where that is not installed (macOS, containers), one that does as much as is needed here stands
 * in for it, as long as the completion goes on, so that nobody else takes it for the real one.
 */
const BASH_ALONE = `
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

/** Adds the command by which shells complete all others; to be called when they are there. */
export function addCompletion(program: Command): void {
  tab(program);
  const command = program.commands.find((one) => one.name() === 'complete');
  command?.hook('postAction', ({ args: [shell] }) => {
    // behind -- stands what is to be completed
    if (shell === 'bash' && !process.argv.includes('--')) process.stdout.write(BASH_ALONE);
  });
}
