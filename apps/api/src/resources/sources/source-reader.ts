import {
  ATTRIBUTION,
  type Source,
  type SourceDetails,
  type SourceList,
  type SourceSchedule,
} from '@marquee/contract';
import type { SourceDefinition } from '@marquee/sources';
import type { Database } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { suggest } from '../../problems/suggestion.ts';
import { DELIVERIES, describeDelivery, type DeliveryRow } from './delivery-list.ts';
import { matchCountsOf, recordsIn, type StateCounts } from './match-counts.ts';

/** The source whose records are IMDb's published tables. */
export const IMDB = 'imdb';

/** A source as {@link SOURCES} selects it. */
interface SourceRow {
  readonly id: string;
  readonly definition: SourceDefinition;
  readonly origin: Exclude<Source['origin'], 'published'>;
  readonly updatedAt: Date;
  readonly rejects: number;
  readonly counts: Readonly<Record<string, StateCounts>> | null;
  readonly uncounted: number;
  readonly waiting: number;
  readonly lastDelivery: number | null;
  readonly error: SourceDetails['error'];
}

/** More waiting records, or ones before the first count, are not counted: that takes 10 ms. */
const MAX_COUNTED = 100_000;

/**
 * The sources with kept counts. What bounds it: the number of sources and of their deliveries, not of
 * records.
 */
const SOURCES = `
  select s.id, s.definition, s.origin, s.updated_at as "updatedAt", c.deliveries as counts,
    s.error - 'target' as error,
    (select count(*) from (select from sources.pending p where p.source = s.id limit ${MAX_COUNTED}) as waiting) as waiting,
    case when coalesce(c.deliveries, '{}') = '{}' then
      (select count(*) from (select from sources.record r where r.source = s.id limit ${MAX_COUNTED}) as uncounted)
    else 0 end as uncounted,
    (select max(d.id) from sources.delivery d where d.source = s.id) as "lastDelivery",
    (
      select coalesce(sum(in_use.rejects), 0)
      from (
        select distinct on (d.file) d.rejects
        from sources.delivery d where d.source = s.id and d.state = 'taken'
        order by d.file, d.id desc
      ) as in_use
    ) as rejects
  from sources.source s left join sources.match_count c on c.source = s.id`;

/** Whether people have locked fields or uploaded pictures: the first row of each decides. */
const ADDED_BY_PEOPLE = `
  select exists (select from movies.lock) as "hasLocks", exists (select from movies.picture) as "hasPictures"`;

/** All sources, IMDb first, then by priority. */
export async function readSources(database: Database): Promise<SourceList> {
  const [rows, [added]] = await Promise.all([
    database.read<SourceRow>({ name: 'sources', text: `${SOURCES} order by s.priority, s.id` }, []),
    database.read<Omit<SourceList, 'items'>>(
      { name: 'added by people', text: ADDED_BY_PEOPLE },
      [],
    ),
  ]);
  return {
    items: await describeSources(database, rows),
    hasLocks: added?.hasLocks === true,
    hasPictures: added?.hasPictures === true,
  };
}

/** A source with its definition and the deliveries in use. @throws ProblemException 404 */
export async function readSource(database: Database, id: string): Promise<SourceDetails> {
  const rows = await database.read<SourceRow>(
    { name: 'source', text: `${SOURCES} where s.id = $1::text` },
    [id],
  );
  const source = (await describeSources(database, rows)).find((one) => one.id === id);
  if (source === undefined) throw await noSource(database, id);
  const inUse = await database.read<DeliveryRow>(
    {
      name: 'deliveries in use',
      text: `select * from (${DELIVERIES} where d.source = $1::text and d.state = 'taken') as taken where "isCurrent" order by file`,
    },
    [id],
  );
  return {
    ...source,
    definition: rows[0]?.definition ?? null,
    error: rows[0]?.error ?? null,
    schedule: await readSchedule(database, id),
    current: inUse.map(describeDelivery),
  };
}

/** How far the schedule of a source has come; null if it has none. */
async function readSchedule(database: Database, id: string): Promise<SourceSchedule | null> {
  const [row] = await database.read<
    Omit<SourceSchedule, 'checkedAt' | 'dueAt'> & { checkedAt: Date | null; dueAt: Date }
  >(
    {
      name: 'schedule of a source',
      text: `
        select p.url, p.cursor, p.checked_at as "checkedAt", p.due_at as "dueAt", p.failures, p.error
        from sources.poll p join sources.source s on s.id = p.source
        where p.source = $1::text and s.definition ? 'schedule'`,
    },
    [id],
  );
  return row === undefined
    ? null
    : {
        ...row,
        checkedAt: row.checkedAt?.toISOString() ?? null,
        dueAt: row.dueAt.toISOString(),
      };
}

/** The definition of a source. @throws ProblemException 404 */
export async function readDefinition(database: Database, id: string): Promise<SourceDefinition> {
  const [row] = await database.read<{ definition: SourceDefinition }>(
    { name: 'definition', text: 'select definition from sources.source where id = $1::text' },
    [id],
  );
  if (row === undefined) throw await noSource(database, id);
  return row.definition;
}

/** Expects that a source exists. @throws ProblemException 404 */
export async function expectSource(database: Database, id: string): Promise<void> {
  if (id !== IMDB) await readDefinition(database, id);
}

/** The 404 for an id of no source, with the id that may be meant. */
export async function noSource(database: Database, id: string): Promise<ProblemException> {
  const known = await database.read<{ id: string }>(
    { name: 'source ids', text: 'select id from sources.source' },
    [],
  );
  const meant = suggest(
    id,
    known.map((source) => source.id),
  );
  return new ProblemException({
    status: 404,
    code: 'not-found',
    detail: `There is no source with the id ${id}${meant === undefined ? '.' : `; did you mean ${meant}?`}`,
    hint: 'GET /sources lists them; PUT /sources/{id} adds one.',
  });
}

async function describeSources(database: Database, rows: readonly SourceRow[]): Promise<Source[]> {
  const ids = rows.flatMap(({ lastDelivery }) => lastDelivery ?? []);
  const [deliveries, imdb] = await Promise.all([
    database.read<DeliveryRow>(
      { name: 'last deliveries', text: `${DELIVERIES} where d.id = any ($1::int8[])` },
      [ids],
    ),
    readImdb(database),
  ]);
  const byId = new Map(deliveries.map((row) => [row.id, describeDelivery(row)]));
  const others = rows.map((row): Source => {
    const kept = matchCountsOf(Object.values(row.counts ?? {}));
    // before the first count, all wait: to be matched, or to be counted
    const matches = { ...kept, waiting: row.uncounted || row.waiting };
    return {
      ...aboutOf(row.definition),
      origin: row.origin,
      records: recordsIn(kept) || row.uncounted,
      matches,
      rejects: row.rejects,
      lastDelivery: row.lastDelivery === null ? null : (byId.get(row.lastDelivery) ?? null),
      updatedAt: row.updatedAt.toISOString(),
    };
  });
  const defined = rows.find(({ id }) => id === IMDB);
  return [
    defined === undefined ? imdb : { ...imdb, ...aboutOf(defined.definition) },
    ...others.filter(({ id }) => id !== IMDB),
  ];
}

function aboutOf({ id, name, homepage, licence, priority, files }: SourceDefinition) {
  return {
    id,
    name,
    url: homepage ?? null,
    licence: { name: licence.name, url: licence.url ?? null, republish: licence.republish },
    attribution: licence.attribution ?? null,
    priority,
    files: files.map((file) => file.name),
  };
}

/**
 * IMDb as a source. Its records are the published titles; matched are those that a record of another
 * source tells of, as counted after the last matching.
 */
async function readImdb(database: Database): Promise<Source> {
  const [row] = await database.read<{
    titles: number;
    rejects: number;
    publishedAt: Date | null;
    matched: number;
  }>(
    {
      name: 'imdb as a source',
      text: `
        select coalesce(max(rows) filter (where dataset = 'title.basics'), 0) as titles, coalesce(sum(rejects), 0) as rejects,
          max(upload_date) as "publishedAt",
          coalesce((select (deliveries -> 'published' ->> 'matched')::int8 from sources.match_count where source = '${IMDB}'), 0) as matched
        from ingest.data_control`,
    },
    [],
  );
  const { titles = 0, rejects = 0, publishedAt = null, matched = 0 } = row ?? {};
  const matches = matchCountsOf([{ matched, unmatched: Math.max(0, titles - matched) }]);
  return {
    id: IMDB,
    name: 'IMDb',
    url: 'https://www.imdb.com/',
    licence: {
      name: 'Personal and non-commercial use',
      url: 'https://developer.imdb.com/non-commercial-datasets/',
      republish: false,
    },
    attribution: ATTRIBUTION,
    origin: 'published',
    priority: 0,
    files: [],
    records: titles,
    matches,
    rejects,
    lastDelivery: null,
    updatedAt: publishedAt?.toISOString() ?? null,
  };
}
