import { z } from 'zod';
import { RequestedNameId, RequestedTitleId, rowSchema } from './row.ts';

/** A title: a row of title.basics. */
export const TitleBasic = rowSchema('title.basics').meta({ id: 'TitleBasic' });
export type TitleBasic = z.infer<typeof TitleBasic>;

/** A name: a row of name.basics. */
export const NameBasic = rowSchema('name.basics').meta({ id: 'NameBasic' });
export type NameBasic = z.infer<typeof NameBasic>;

/** The id in the path of `GET /titles/{tconst}`. */
export const TitlePath = z.object({ tconst: RequestedTitleId });
export type TitlePath = z.infer<typeof TitlePath>;

/** The id in the path of `GET /names/{nconst}`. */
export const NamePath = z.object({ nconst: RequestedNameId });
export type NamePath = z.infer<typeof NamePath>;
