import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

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

/** Adds the command that completes all others in shells. Call it after they are added. */
export function addCompletion(program: Command): void {
  tab(program);
  const command = program.commands.find((one) => one.name() === 'complete');
  command?.hook('postAction', ({ args: [shell] }) => {
    // arguments after -- are a request to complete them
    if (shell === 'bash' && !process.argv.includes('--')) process.stdout.write(BASH_FALLBACK);
  });
}
