import { AuditEntry, keysOf } from '@marquee/contract';
import { DataSource } from 'typeorm';
import type { List } from '../../read-models/lists/list.ts';

/** What is written down of a request before it is done. */
export type Asked = Pick<
  AuditEntry,
  'requestId' | 'keyId' | 'keyName' | 'address' | 'method' | 'path' | 'asked'
>;

const SECRET = /secret|password|token|authorization|^(api_?)?key$/iu;
const MAX_TEXT = 2000;
const MAX_DEPTH = 6;

/**
 * Who asked for what that could change anything. An entry is there before the deed, so that there
 * is no deed without one.
 */
export class AuditLog {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Writes down what is about to be done. @returns the entry's id */
  async begin({ requestId, keyId, keyName, address, method, path, asked }: Asked): Promise<string> {
    const [row]: { id: string }[] = await this.#dataSource.query(
      `insert into access.audit (request_id, key_id, key_name, address, method, path, asked)
       values ($1::text, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::jsonb) returning id`,
      [
        requestId,
        keyId,
        keyName,
        address,
        method,
        cut(path, MAX_TEXT),
        asked === undefined ? null : JSON.stringify(withoutSecrets(asked)),
      ],
    );
    if (row === undefined)
      throw new Error('The database has kept an entry of the audit log and does not show it.');
    return row.id;
  }

  /** Writes down how it ended. @param madeId id of what was made or changed */
  async end(id: string, status: number, madeId: string | null): Promise<void> {
    await this.#dataSource.query(
      'update access.audit set status = $2::integer, made_id = $3::text where id = $1::uuid',
      [id, status, madeId],
    );
  }
}

/** The entries, newest first. */
export const AUDIT: List = {
  name: 'audit',
  text: `select id, at, request_id as "requestId", key_id as "keyId", key_name as "keyName", address, method, path, asked, status, made_id as "madeId" from access.audit`,
  values: [],
  sort: [{ column: 'id', type: 'uuid', descending: true }],
  fields: keysOf(AuditEntry),
};

/** A body as it may be kept: secrets are left out, and what is too long or too deep is cut. */
function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cut(value, MAX_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value))
    return value.slice(0, 100).map((item) => withoutSecrets(item, depth + 1));
  const entries = Object.entries(value).slice(0, 100);
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      cut(name, 100),
      SECRET.test(name) ? '…' : withoutSecrets(inner, depth + 1),
    ]),
  );
}

/** What is a secret wherever it stands: a key of ours, and who somebody is to another server. */
const SECRET_TEXT = /(?<=mq_)[\w-]+|(?<=:\/\/)[^\s/?#@]+(?=@)/gu;

/**
 * Also without NUL and halves of characters, which PostgreSQL's jsonb does not take; a cut can
 * leave such a half as well.
 */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(SECRET_TEXT, '…').toWellFormed().replaceAll('\0', '\u2400');
}
