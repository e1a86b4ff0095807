import { definitionOf, type ColumnType, type DatasetName, type Row } from '@marquee/datasets';
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import { NUMBER } from './transformers.ts';

/** A row of `imdb.title_basics`, under IMDb's names. */
export type TitleBasic = Row<'title.basics'>;
export const TitleBasic = entityOf('title.basics', 'TitleBasic');

/** A row of `imdb.name_basics`. */
export type NameBasic = Row<'name.basics'>;
export const NameBasic = entityOf('name.basics', 'NameBasic');

/** A row of `imdb.title_akas`. */
export type TitleAka = Row<'title.akas'>;
export const TitleAka = entityOf('title.akas', 'TitleAka');

/** A row of `imdb.title_crew`. */
export type TitleCrew = Row<'title.crew'>;
export const TitleCrew = entityOf('title.crew', 'TitleCrew');

/** A row of `imdb.title_episode`. */
export type TitleEpisode = Row<'title.episode'>;
export const TitleEpisode = entityOf('title.episode', 'TitleEpisode');

/** A row of `imdb.title_principals`. */
export type TitlePrincipal = Row<'title.principals'>;
export const TitlePrincipal = entityOf('title.principals', 'TitlePrincipal');

/** A row of `imdb.title_ratings`. */
export type TitleRating = Row<'title.ratings'>;
export const TitleRating = entityOf('title.ratings', 'TitleRating');

/** The entity of each published table. Its columns follow from the dataset's definition. */
export const DATASET_ENTITIES = {
  'name.basics': NameBasic,
  'title.akas': TitleAka,
  'title.basics': TitleBasic,
  'title.crew': TitleCrew,
  'title.episode': TitleEpisode,
  'title.principals': TitlePrincipal,
  'title.ratings': TitleRating,
} satisfies { [D in DatasetName]: EntitySchema<Row<D>> };

function entityOf<D extends DatasetName>(dataset: D, name: string): EntitySchema<Row<D>> {
  const { table, columns, key } = definitionOf(dataset);
  return new EntitySchema<Row<D>>({
    name,
    schema: 'imdb',
    tableName: table,
    columns: Object.fromEntries(
      columns.map((column): [string, EntitySchemaColumnOptions] => {
        const isKey = key.includes(column.name);
        return [
          column.name,
          {
            name: column.sql,
            ...columnTypeOf(column.type),
            primary: isKey,
            nullable: !isKey,
            comment: column.comment,
          },
        ];
      }),
    ) as Record<keyof Row<D>, EntitySchemaColumnOptions>,
  });
}

/** The same as the tables are made with: see `sqlTypeOf` in tables.ts. */
function columnTypeOf(type: ColumnType): EntitySchemaColumnOptions {
  switch (type) {
    case 'titleId':
    case 'nameId':
      return { type: 'text', collation: 'C' };
    case 'text':
      return { type: 'text' };
    case 'integer':
      return { type: 'integer' };
    case 'decimal':
      return { type: 'numeric', precision: 3, scale: 1, transformer: NUMBER };
    case 'boolean':
      return { type: 'boolean' };
    case 'textList':
      return { type: 'text', array: true };
    case 'titleIdList':
    case 'nameIdList':
      return { type: 'text', array: true, collation: 'C' };
  }
}
