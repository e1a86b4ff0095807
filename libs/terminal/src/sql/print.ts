import { once } from 'node:events';
import { stringify } from 'csv-stringify/sync';
import type { FieldDef } from 'pg';
import { counted } from '../format.ts';
import { formatTable } from '../table.ts';
import { visible, widthOf } from '../text.ts';
import type { SqlRow } from './session.ts';

export const SQL_FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;
export type SqlFormat = (typeof SQL_FORMATS)[number];

/** Writes the rows of one statement. */
interface RowPrinter {
  readonly rows: (fields: readonly FieldDef[], rows: readonly SqlRow[]) => Promise<void>;
  /** Called once after all rows. */
  readonly end: () => Promise<void>;
}

/** Writes rows in a format, some at a time, no faster than they are read. */
export function createRowPrinter(format: SqlFormat, stream: NodeJS.WriteStream): RowPrinter {
  const write = async (text: string) => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
  return { table: tablePrinter, csv: csvPrinter, json: jsonPrinter, ndjson: ndjsonPrinter }[format](
    write,
    stream,
  );
}

type Write = (text: string) => Promise<void>;

function tablePrinter(write: Write, stream: NodeJS.WriteStream): RowPrinter {
  let total: number | null = null;
  return {
    rows: async (fields, rows) => {
      // every column may be cut: which ones are long is not known
      const columns = fields.map(({ name }) => ({ head: name, isFlexible: true }) as const);
      const { head, lines } = formatTable(columns, rows.map(cellsOf), widthOf(stream));
      const isFirst = total === null;
      total = (total ?? 0) + rows.length;
      await write([...(isFirst && head !== null ? [head] : []), ...lines, ''].join('\n'));
    },
    end: async () => {
      if (total !== null) await write(`(${counted(total, 'row')})\n`);
    },
  };
}

/** The texts of a row whose values are not parsed. */
function cellsOf(row: SqlRow): (string | null)[] {
  return row.map((value) => (typeof value === 'string' ? visible(value) : null));
}

function csvPrinter(write: Write): RowPrinter {
  let isFirst = true;
  return {
    rows: async (fields, rows) => {
      const head = isFirst ? [fields.map(({ name }) => name)] : [];
      isFirst = false;
      await write(stringify([...head, ...rows.map((row) => [...row])]));
    },
    end: () => Promise.resolve(),
  };
}

function jsonPrinter(write: Write): RowPrinter {
  let separator = '[\n';
  return {
    rows: async (fields, rows) => {
      for (const row of rows) {
        await write(`${separator}${JSON.stringify(objectOf(fields, row))}`);
        separator = ',\n';
      }
    },
    end: async () => write(separator.startsWith('[') ? '[]\n' : '\n]\n'),
  };
}

function ndjsonPrinter(write: Write): RowPrinter {
  return {
    rows: async (fields, rows) => {
      for (const row of rows) await write(`${JSON.stringify(objectOf(fields, row))}\n`);
    },
    end: () => Promise.resolve(),
  };
}

function objectOf(fields: readonly FieldDef[], row: SqlRow): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name }, i) => [name, row[i]]));
}
