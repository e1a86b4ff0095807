import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { NameId, requestedIds, RequestedNameId, rowSchema } from './row.ts';
import { ListedTitle } from './titles.ts';
import { wordsOf } from './vocabularies.ts';

const { primaryName } = rowSchema('name.basics').shape;

/** With how many people the titles of a person can be compared. */
export const MAX_SHARED_WITH = 4;

/** A title that several people have worked on. */
export const SharedTitle = ListedTitle.extend({
  people: z
    .array(
      z
        .object({
          nconst: NameId,
          roles: z.array(z.string()).meta({
            description: 'Categories of the credits of this person, each once, in order of billing',
            example: ['actress'],
          }),
        })
        .meta({ id: 'PersonOfTitle' }),
    )
    .meta({ description: 'What each of the people did for it, by id' }),
}).meta({ id: 'SharedTitle' });
export type SharedTitle = z.infer<typeof SharedTitle>;

export const SharedTitlePage = listPage(SharedTitle).meta({ id: 'SharedTitlePage' });

/** Parameters of `GET /names/{nconst}/shared`; unknown ones are rejected. */
export const SharedQuery = z.strictObject({
  with: requestedIds(RequestedNameId, { max: MAX_SHARED_WITH }).meta({
    description: `Ids of the other people: up to ${MAX_SHARED_WITH}, as repeated parameters or separated by commas`,
    example: ['nm0000001'],
  }),
  ...listParameters(keysOf(SharedTitle)),
});
export type SharedQuery = z.infer<typeof SharedQuery>;

/** The longest path that is searched, in titles. */
export const MAX_DEGREES = 6;

/** Parameters of `GET /names/{nconst}/connection`; unknown ones are rejected. */
export const ConnectionQuery = z.strictObject({
  to: RequestedNameId.meta({ description: 'Id of the other person', example: 'nm0000001' }),
  titleType: wordsOf('titleType')
    .default(['movie'])
    .meta({ description: 'Only by titles of these types, comma-separated', example: 'movie' }),
  role: wordsOf('role').optional().meta({
    description:
      'Only by credits of these categories, comma-separated; cast means actor, actress and self. Default: all but archive_footage and archive_sound',
    example: 'cast',
  }),
});
export type ConnectionQuery = z.infer<typeof ConnectionQuery>;

const ConnectedPerson = z.object({ nconst: NameId, primaryName }).meta({ id: 'ConnectedPerson' });

/** Response of `GET /names/{nconst}/connection`: how two people are connected by titles. */
export const Connection = z
  .object({
    degrees: z
      .int()
      .nullable()
      .meta({
        description: `Number of titles on the path; 0 for one and the same person; null if no path of up to ${MAX_DEGREES} titles was found`,
        example: 2,
      }),
    isExhaustive: z.boolean().meta({
      description:
        'Whether all shorter paths were searched, so that the path is a shortest one, or none exists. False if a limit ended a step',
      example: true,
    }),
    path: z
      .array(
        z
          .object({
            from: ConnectedPerson.meta({ description: 'The nearer one to the start' }),
            title: ListedTitle.meta({ description: 'A title that both have worked on' }),
            to: ConnectedPerson.meta({ description: 'The nearer one to the goal' }),
          })
          .meta({ id: 'ConnectionStep' }),
      )
      .meta({ description: 'The steps from the person to the other one; empty without a path' }),
  })
  .meta({ id: 'Connection' });
export type Connection = z.infer<typeof Connection>;
