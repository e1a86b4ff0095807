import type { StackState } from '../state.ts';

/** The processes of the stack as a table: name, pid, state, and since when. */
export function processTable(state: StackState, now = new Date()): string {
  const rows = state.processes.map(({ name, pid, state: is, since }) => [
    name,
    pid === null ? '-' : String(pid),
    is,
    elapsed(now.getTime() - Date.parse(since)),
  ]);
  const all = [['NAME', 'PID', 'STATE', 'SINCE'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A length of time in its largest unit: `12 s`, `5 min`, `3 h`, `2 d`. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
