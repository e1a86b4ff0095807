import type { StackState } from '@marquee/stack';
import { formatTable } from '@marquee/terminal/table';

/** The processes of the stack as a table: name, pid, state, and the time in that state. */
export function processTable(state: StackState, now = new Date()): string {
  const rows = state.processes.map(({ name, pid, state: processState, since }) => [
    name,
    pid ?? '-',
    processState,
    elapsed(now.getTime() - Date.parse(since)),
  ]);
  const columns = ['NAME', 'PID', 'STATE', 'SINCE'].map((head) => ({ head }));
  const { head, lines } = formatTable(columns, rows, Infinity);
  return [head, ...lines].join('\n');
}

/** A duration in its largest unit: `12 s`, `5 min`, `3 h`, `2 d`. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
