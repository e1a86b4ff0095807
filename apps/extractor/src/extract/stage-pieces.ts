import { pipeline } from 'node:stream/promises';
import type { FileStore } from '@marquee/snapshots';
import {
  DeliveryError,
  isReject,
  picturesOf,
  piecesOf,
  type SourceDefinition,
} from '@marquee/sources';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { storePicture } from './store-picture.ts';
import type { Delivery } from './target.ts';

/**
 * What the rows of all files tell. `keys` are those of `Piece`: of the first file, by the number of
 * the file that joins it. Of a reject, `content` is the row, and `reason` what is wrong.
 */
const CREATE_PIECE = `
  create temporary table piece (
    file smallint not null,
    line integer not null,
    id text collate "C",
    keys text[] collate "C",
    content text not null,
    reason text
  ) on commit drop`;

/** The stores of contents. */
export interface Stores {
  readonly deliveries: FileStore;
  readonly pictures: FileStore;
}

/** Creates the table of pieces, for the rest of the transaction. */
export async function createPieces(client: ClientBase): Promise<void> {
  await client.query(CREATE_PIECE);
}

/**
 * Fills the table of pieces with a delivery.
 *
 * @param onRows called with the number of rows read so far, at least at the end
 * @throws DeliveryError when the file cannot be one of the definition
 */
export async function stagePieces(
  client: ClientBase,
  definition: SourceDefinition,
  delivery: Delivery,
  stores: Stores,
  { signal, onRows }: { readonly signal: AbortSignal; readonly onRows: (rows: number) => void },
): Promise<void> {
  const number = definition.files.findIndex(({ name }) => name === delivery.file);
  const isLibrary = definition.files[number]?.format === 'nfo';
  const open = async () => openContent(stores.deliveries, delivery);
  const keep = storePicture.bind(null, stores.pictures);
  const pictures = isLibrary ? await picturesOf(await open(), keep) : [];
  let rows = 0;
  const pieces = piecesOf(definition, number, await open(), () => (rows += 1), pictures);
  const lines = async function* () {
    let batch = '';
    for await (const piece of pieces) {
      batch += isReject(piece)
        ? copyLine(number, piece.line, null, null, piece.raw, piece.reason)
        : copyLine(number, piece.line, piece.id, piece.keys, JSON.stringify(piece.content), null);
      if (batch.length < BATCH_LENGTH) continue;
      yield batch;
      batch = '';
      onRows(rows);
    }
    yield batch;
  };
  await pipeline(lines, client.query(copyFrom('copy piece from stdin')), { signal });
  if (rows === 0) throw new DeliveryError('empty', 'The file has no row.');
  onRows(rows);
}

/** Characters that are sent at once. */
const BATCH_LENGTH = 64 * 1024;

async function openContent(store: FileStore, { sha256 }: Delivery): ReturnType<FileStore['open']> {
  try {
    return await store.open(sha256);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'not-found')) throw error;
    throw new DeliveryError('no-content', error.message, error);
  }
}

function copyLine(
  file: number,
  line: number,
  id: string | null,
  keys: readonly (string | null)[] | null,
  content: string,
  reason: string | null,
): string {
  const fields = [file, line, id, keys === null ? null : arrayLiteral(keys), content, reason];
  return `${fields.map((field) => (field === null ? String.raw`\N` : escape(String(field)))).join('\t')}\n`;
}

function arrayLiteral(items: readonly (string | null)[]): string {
  const quoted = items.map((item) =>
    item === null ? 'NULL' : `"${item.replaceAll(/[\\"]/gu, String.raw`\$&`)}"`,
  );
  return `{${quoted.join(',')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
};

/** A field in the text format of COPY. */
function escape(text: string): string {
  return text.replaceAll('\0', '').replace(/[\\\t\n\r]/gu, (sign) => ESCAPES[sign] ?? sign);
}
