import type { Picture } from '@marquee/contract';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';

/** Pictures of a movie or person that are shown: no list is longer. */
const MAX_PICTURES = 100;

/**
 * The pictures of movies and people: uploads, newest first, then those that the records of a movie
 * have, by the priority of their sources. A movie has the pictures of the ids that led to it. Bounded
 * by the ids, and by the few records and pictures that each has.
 */
const OF_ENTITIES = `
    select asked.id as entity, shown.*
    from unnest($1::text[]) as asked (id) cross join lateral (
      with former (id) as (
        select asked.id union all select redirect.id from movies.redirect where redirect.movie = asked.id
      )
      (select false as is_of_source, -picture.id as rank, picture.kind, encode(picture.sha256, 'hex') as sha256, picture.media_type as "mediaType",
        picture.width, picture.height, picture.bytes::float8 as bytes, picture.source, null as attribution, picture.added_at as "addedAt", picture.added_by as "addedBy"
      from former join movies.picture as picture on picture.entity = former.id
      order by picture.id desc limit ${MAX_PICTURES})
      union all
      (select true, source.priority, picture ->> 'kind', picture ->> 'sha256', picture ->> 'mediaType',
        null, null, (picture ->> 'bytes')::float8, source.id, source.definition -> 'licence' ->> 'attribution', record.changed_at, null
      from sources.match as match
        join sources.record as record on record.source = match.source and record.id = match.record_id
        join sources.source as source on source.id = record.source
        cross join lateral jsonb_path_query(record.raw, 'lax $.**.pictures[*]') as picture
      where match.movie = asked.id and picture ->> 'sha256' ~ '^[0-9a-f]{64}$'
      order by source.priority, source.id, record.id
      limit ${MAX_PICTURES})
    ) as shown`;

const PICTURES: Statement = {
  name: 'pictures of entities',
  text: `select * from (${OF_ENTITIES}) as picture order by entity, is_of_source, rank, sha256`,
};

const POSTERS: Statement = {
  name: 'posters of entities',
  text: `
    select distinct on (entity) entity, sha256 from (${OF_ENTITIES}) as picture
    where kind in ('poster', 'portrait')
    order by entity, is_of_source, rank, sha256`,
};

interface PictureRow extends Omit<Picture, 'addedAt'> {
  readonly addedAt: Date;
}

/** The pictures of a movie or person, each once, uploads first. */
export async function readPictures(reads: Reads, entity: string): Promise<Picture[]> {
  const rows = await reads.readPrepared<PictureRow>(PICTURES, [[entity]]);
  const seen = new Set<string>();
  return rows.flatMap(
    ({ kind, sha256, mediaType, width, height, bytes, source, attribution, addedAt, addedBy }) => {
      const key = `${kind} ${sha256}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [
        {
          kind,
          sha256,
          mediaType,
          width,
          height,
          bytes,
          source,
          attribution,
          addedAt: addedAt.toISOString(),
          addedBy,
        },
      ];
    },
  );
}

/**
 * The poster or portrait of each movie or person that has one, as the SHA-256 of its file: for
 * `/pictures/{sha256}/342.webp`. One statement for any list.
 */
export async function readPosters(
  reads: Reads,
  entities: readonly string[],
): Promise<Map<string, string>> {
  if (entities.length === 0) return new Map();
  const rows = await reads.readPrepared<{ entity: string; sha256: string }>(POSTERS, [entities]);
  return new Map(rows.map(({ entity, sha256 }) => [entity, sha256]));
}
