import { z } from 'zod';
import { text, wholeNumber } from './parameter.ts';

/** Maximum number of rows of an answer of `POST /sql`. */
export const MAX_SQL_ROWS = 500;

/** Body of `POST /sql`. */
export const SqlRequest = z
  .strictObject({
    statement: text(10_000).meta({
      description:
        'One select, values, table or with statement. Schema imdb needs no prefix; it runs as the role marquee_reader',
      example: 'select title_type, count(*) from title_basics group by title_type order by 2 desc',
    }),
    limit: wholeNumber(1, MAX_SQL_ROWS)
      .default(100)
      .meta({ description: 'Maximum number of rows', example: 100 }),
  })
  .meta({ id: 'SqlRequest' });
export type SqlRequest = z.infer<typeof SqlRequest>;

/** Response of `POST /sql`. */
export const SqlRows = z
  .object({
    columns: z
      .array(z.string())
      .meta({ description: 'Names of the columns; several may be the same', example: ['count'] }),
    rows: z
      .array(z.array(z.unknown()))
      .meta({ description: 'The rows, their values in the order of the columns', example: [[42]] }),
    hasMore: z
      .boolean()
      .meta({ description: 'Whether there are more rows than `limit`', example: false }),
  })
  .meta({ id: 'SqlRows' });
export type SqlRows = z.infer<typeof SqlRows>;
