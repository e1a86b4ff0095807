import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { DatabaseError } from 'pg';
import { describeTable, listTables } from './describe.ts';
import { createRowPrinter, SQL_FORMATS, type SqlFormat } from './print.ts';
import type { SqlSession } from './session.ts';
import { splitStatements } from './statements.ts';

const HELP = String.raw`Statements end with ; and may have several lines. Ctrl-C cancels the one that runs.
  \dt [pattern]      tables and views; also of another schema, as in \dt search.*
  \d table           columns and indexes of a table
  \format [format]   ${SQL_FORMATS.join(', ')}
  \q                 ends
`;
const HISTORY_LINES = 1000;
/** Commands of psql for tables and for views; here each lists both. */
const LISTING = [String.raw`\dt`, String.raw`\dv`];

/** Runs statements and commands of a user, and writes what they return. */
export class SqlPrompt {
  readonly #session: SqlSession;
  #format: SqlFormat;

  constructor(session: SqlSession, format: SqlFormat) {
    this.#session = session;
    this.#format = format;
  }

  /**
   * Runs the statements and backslash commands of a text.
   *
   * @throws DatabaseError of the first statement that fails
   */
  async execute(text: string): Promise<void> {
    if (text.trim().startsWith('\\')) {
      await this.#command(text.trim());
      return;
    }
    const { statements, rest } = splitStatements(text);
    for (const statement of rest === '' ? statements : [...statements, rest])
      await this.#print(statement, []);
  }

  /** Reads statements until the end of the input or `\q`. @returns whether all succeeded */
  async read(stream: NodeJS.ReadStream): Promise<boolean> {
    const isTerminal = stream.isTTY && process.stdout.isTTY;
    const lines = createInterface({
      input: stream,
      ...(isTerminal ? { output: process.stdout, history: readHistory() } : {}),
      historySize: HISTORY_LINES,
      terminal: isTerminal,
    });
    if (isTerminal) {
      lines.on('history', writeHistory);
      process.stdout.write(String.raw`SQL statements end with ;  \? for help, \q to quit.` + '\n');
    }
    try {
      return await this.#readLines(lines, isTerminal);
    } finally {
      lines.close();
    }
  }

  async #readLines(lines: Interface, isTerminal: boolean): Promise<boolean> {
    let entered = '';
    let isRunning = false;
    const prompt = () => {
      lines.setPrompt(entered === '' ? 'marquee=> ' : 'marquee-> ');
      if (isTerminal) lines.prompt();
    };
    lines.on('SIGINT', () => {
      if (isRunning) {
        void this.#session.cancel().catch(() => undefined);
        return;
      }
      entered = '';
      process.stdout.write('^C\n');
      // deletes what is typed: to the end of the line, and back to its start
      lines.write(null, { ctrl: true, name: 'e' });
      lines.write(null, { ctrl: true, name: 'u' });
      prompt();
    });
    prompt();
    let isQuit = false;
    for await (const line of lines) {
      const text = `${entered}${line}\n`;
      isQuit = entered === '' && /^\s*(?:\\q|exit|quit)\s*;?\s*$/u.test(line);
      if (isQuit) break;
      const { rest } = splitStatements(text);
      const isCommand = entered === '' && line.trimStart().startsWith('\\');
      entered = isCommand || rest === '' ? '' : text;
      if (entered === '' && text.trim() !== '') {
        isRunning = true;
        const isDone = await this.#executeAndReport(text);
        isRunning = false;
        // a script stops where it fails
        if (!isDone && !isTerminal) return false;
      }
      prompt();
    }
    // Ctrl-D leaves the cursor behind the prompt
    if (isTerminal && !isQuit) process.stdout.write('\n');
    // the last statement of a script needs no semicolon
    return isTerminal || entered === '' || this.#executeAndReport(entered);
  }

  async #executeAndReport(text: string): Promise<boolean> {
    try {
      await this.execute(text);
      return true;
    } catch (error) {
      process.stderr.write(`${describeSqlError(error)}\n`);
      return false;
    }
  }

  async #command(text: string): Promise<void> {
    const [name = '', argument = ''] = text.replace(/;$/u, '').split(/\s+/u);
    if (LISTING.includes(name) || (name === String.raw`\d` && argument === '')) {
      const { statement, values } = listTables(argument);
      await this.#print(statement, values);
    } else if (name === String.raw`\d`) {
      for (const { statement, values } of describeTable(argument))
        await this.#print(statement, values);
    } else if (name === String.raw`\format` && isFormat(argument)) this.#format = argument;
    else if (name === String.raw`\format`)
      process.stderr.write(`The format is ${this.#format}, one of ${SQL_FORMATS.join(', ')}.\n`);
    else if (name === String.raw`\?`) process.stdout.write(HELP);
    else process.stderr.write(`Unknown command ${name}; ${String.raw`\?`} lists the commands.\n`);
  }

  async #print(statement: string, values: readonly string[]): Promise<void> {
    const printer = createRowPrinter(this.#format, process.stdout);
    const { command, rowCount, hasRows } = await this.#session.run(statement, {
      values,
      isParsed: this.#format === 'json' || this.#format === 'ndjson',
      onRows: printer.rows,
    });
    if (hasRows || this.#format === 'json') await printer.end();
    else process.stderr.write(`${[command, rowCount].filter((part) => part !== null).join(' ')}\n`);
  }
}

/** An error of PostgreSQL, with its detail and hint. */
export function describeSqlError(error: unknown): string {
  if (!(error instanceof DatabaseError))
    return error instanceof Error ? error.message : String(error);
  const { severity = 'ERROR', message, detail, hint } = error;
  return [`${severity}: ${message}`, detail, hint && `Hint: ${hint}`].filter(Boolean).join('\n');
}

function isFormat(text: string): text is SqlFormat {
  return (SQL_FORMATS as readonly string[]).includes(text);
}

function historyFile(): string {
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
  return join(state, 'marquee/sql-history');
}

/** Earlier lines, the newest first. */
function readHistory(): string[] {
  try {
    return readFileSync(historyFile(), 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function writeHistory(lines: readonly string[]): void {
  try {
    mkdirSync(dirname(historyFile()), { recursive: true });
    writeFileSync(historyFile(), lines.join('\n'), { mode: 0o600 });
  } catch {
    // the prompt works without a history
  }
}
