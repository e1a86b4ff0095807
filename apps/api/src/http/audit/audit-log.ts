import { AuditEntity } from '@marquee/catalogue';
import { AuditEntry, keysOf } from '@marquee/contract';
import type { DataSource, Repository } from 'typeorm';
import type { List } from '../../read-models/lists/list.ts';

/** What is recorded of a request before it is done. */
export type Asked = Pick<
  AuditEntry,
  'requestId' | 'keyId' | 'keyName' | 'issuer' | 'subject' | 'address' | 'method' | 'path' | 'asked'
>;

const SECRET = /secret|password|token|authorization|^(api_?)?key$/iu;
const MAX_TEXT = 2000;
const MAX_DEPTH = 6;

/**
 * Records the requests that could change something. The entry of a request is written before the
 * request is done: nothing is done without one.
 */
export class AuditLog {
  readonly #entries: Repository<AuditEntity>;

  constructor(dataSource: DataSource) {
    this.#entries = dataSource.getRepository(AuditEntity);
  }

  /** Records what is about to be done. @returns the entry's id */
  async begin({ path, asked, ...request }: Asked): Promise<string> {
    const entry = this.#entries.create({
      ...request,
      path: cut(path, MAX_TEXT),
      asked: asked === undefined ? null : (withoutSecrets(asked) as AuditEntity['asked']),
    });
    await this.#entries.insert(entry);
    return entry.id;
  }

  /** Records how it ended. @param madeId id of what was made or changed */
  async end(id: string, status: number, madeId: string | null): Promise<void> {
    await this.#entries.update({ id }, { status, madeId });
  }
}

/** The entries, newest first. */
export const AUDIT: List = {
  name: 'audit',
  text: `select id, at, request_id as "requestId", key_id as "keyId", key_name as "keyName", issuer, subject, address, method, path, asked, status, made_id as "madeId" from access.audit`,
  values: [],
  sort: [{ column: 'id', type: 'uuid', descending: true }],
  fields: keysOf(AuditEntry),
};

/** A body as it is recorded: without secrets, cut where it is too long or too deep. */
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

/** Secrets in any text: our keys, and user and password in URLs. */
const SECRET_TEXT = /(?<=mq_)[\w-]+|(?<=:\/\/)[^\s/?#@]+(?=@)/gu;

/**
 * Cuts a text, and removes secrets. Also replaces NUL and lone surrogates, which PostgreSQL's jsonb
 * rejects; the cut itself can leave such a surrogate.
 */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(SECRET_TEXT, '…').toWellFormed().replaceAll('\0', '\u2400');
}
