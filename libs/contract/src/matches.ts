import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { MovieId } from './movies.ts';
import { subsetOf, text, wholeNumber } from './parameter.ts';
import { SourceRecord } from './source-record.ts';
import { MATCH_STATES, SourceId } from './sources.ts';

const recordId = text(500).meta({ description: 'Id of a record at its source', example: '1' });

const score = z
  .number()
  .nullable()
  .meta({ description: 'Score from 0 to 1; null if none was needed', example: 0.97 });
/** What a score says of one fact of two movies. */
export const ScorePart = z
  .object({
    bits: z
      .number()
      .meta({ description: 'Evidence in bits: positive if it is for one movie', example: 3 }),
    value: z
      .union([z.number(), z.boolean()])
      .nullable()
      .optional()
      .meta({ description: 'What was compared; null if one of them does not tell it', example: 0 }),
    kind: z
      .string()
      .optional()
      .meta({ description: 'How names agree: exact, aka, part, near or none', example: 'exact' }),
    similarity: z
      .number()
      .optional()
      .meta({ description: 'How similar names are, from 0 to 1', example: 1 }),
  })
  .meta({ id: 'ScorePart' });
export type ScorePart = z.infer<typeof ScorePart>;

const parts = z
  .record(z.string(), ScorePart)
  .nullable()
  .meta({
    description: 'What the score is made of, by fact',
    example: { name: { kind: 'exact', similarity: 1, bits: 9 }, year: { value: 0, bits: 3 } },
  });

/** Why a record is not matched. */
export const MATCH_REASONS = [
  'no-title',
  'no-candidate',
  'low-score',
  'ambiguous',
  'taken',
  'ids-disagree',
  'decided',
] as const;
const reason = z
  .string()
  .nullable()
  .meta({
    description: `Why it is not matched: ${MATCH_REASONS.join(', ')}; null if it is`,
    example: 'ambiguous',
  });

/** What helps a person to tell movies apart. */
export const MatchFacts = z
  .object({
    title: z.string().nullable().meta({ description: 'Title', example: 'The Comet' }),
    originalTitle: z
      .string()
      .nullable()
      .meta({ description: 'Title in its own language', example: 'Der Komet' }),
    year: z.int().nullable().meta({ description: 'Year of release', example: 1999 }),
    type: z.string().nullable().meta({ description: 'Type', example: 'movie' }),
    runtimeMinutes: z.int().nullable().meta({ description: 'Length in minutes', example: 104 }),
    directors: z.array(z.string()).meta({ description: 'Directors', example: ['Ada Example'] }),
    poster: z.string().nullable().meta({
      description: 'SHA-256 of its poster, for GET /pictures; null without',
      example: null,
    }),
  })
  .meta({ id: 'MatchFacts' });
export type MatchFacts = z.infer<typeof MatchFacts>;

/** A movie that a record may tell of. */
export const RecordCandidate = z
  .object({
    movie: MovieId,
    source: z
      .string()
      .nullable()
      .meta({ description: 'The source that brought it in; null for IMDb', example: null }),
    record: z
      .string()
      .nullable()
      .meta({ description: 'The record that brought it in; null for IMDb', example: null }),
    score,
    parts,
    facts: MatchFacts.meta({ description: 'What helps a person to tell it apart' }),
  })
  .meta({ id: 'RecordCandidate' });
export type RecordCandidate = z.infer<typeof RecordCandidate>;

/** Where a record belongs. */
export const RecordMatch = z
  .object({
    state: z.enum(MATCH_STATES).meta({ description: 'State of the record', example: 'doubtful' }),
    movie: MovieId,
    method: z.enum(['id', 'title', 'person', 'decision', 'own']).meta({
      description:
        'How its movie was found; person: by the director and the year, without a title; decision: by people; own: it has a movie of its own',
      example: 'title',
    }),
    score,
    parts,
    reason,
    decision: z
      .int()
      .nullable()
      .meta({ description: 'Id of the decision that it follows; null for none', example: null }),
    matchedAt: z.iso
      .datetime()
      .meta({ description: 'Time at which it was matched', example: '2026-08-15T06:15:00Z' }),
  })
  .meta({ id: 'RecordMatch' });
export type RecordMatch = z.infer<typeof RecordMatch>;

/** A record of a source, in lists. */
export const RecordSummary = z
  .object({
    source: SourceId,
    id: recordId,
    title: z.string().nullable().meta({ description: 'Its title', example: 'The Comet' }),
    year: z.int().nullable().meta({ description: 'Its year', example: 1999 }),
    delivery: z.int().meta({ description: 'The delivery that last changed it', example: 7 }),
    line: z.int().meta({ description: 'Line in the file', example: 2 }),
    changedAt: z.iso
      .datetime()
      .meta({ description: 'Time of its last change', example: '2026-08-15T06:15:00Z' }),
    match: RecordMatch.nullable().meta({
      description: 'Where it belongs; null if not matched yet',
    }),
  })
  .meta({ id: 'RecordSummary' });
export type RecordSummary = z.infer<typeof RecordSummary>;

/** Response of `GET /sources/{id}/records/{record}`. */
export const RecordDetails = RecordSummary.extend({
  record: SourceRecord.meta({ description: 'What it tells of the movie' }),
  raw: z
    .unknown()
    .meta({ description: 'The row that it was made from', example: { title: 'The Comet' } }),
  candidates: z
    .array(RecordCandidate)
    .meta({ description: 'Movies that it may tell of, the best first' }),
}).meta({ id: 'RecordDetails' });
export type RecordDetails = z.infer<typeof RecordDetails>;

/** The path of a record. */
export const RecordPath = z.object({ id: SourceId, record: recordId });
export type RecordPath = z.infer<typeof RecordPath>;

const anyState = subsetOf(MATCH_STATES, 'state');

/** Parameters of `GET /sources/{id}/records`. */
export const RecordQuery = z.strictObject({
  state: anyState.optional().meta({
    description: `Only records in these states, comma-separated: ${MATCH_STATES.join(', ')}`,
    example: 'doubtful',
  }),
  ...listParameters(keysOf(RecordSummary)),
});
export type RecordQuery = z.infer<typeof RecordQuery>;

/** Response of `GET /sources/{id}/records`. */
export const RecordPage = listPage(RecordSummary).meta({ id: 'RecordPage' });

/** A record that is not matched, beside the movies that it may tell of. */
export const OpenMatch = z
  .object({
    source: SourceId,
    record: recordId,
    state: z.enum(MATCH_STATES).meta({ description: 'State of the record', example: 'doubtful' }),
    reason,
    movie: MovieId,
    delivery: z.int().meta({ description: 'The delivery that last changed it', example: 7 }),
    matchedAt: z.iso
      .datetime()
      .meta({ description: 'Time at which it was matched', example: '2026-08-15T06:15:00Z' }),
    facts: MatchFacts.meta({ description: 'What helps a person to tell it apart' }),
    candidates: z
      .array(RecordCandidate)
      .meta({ description: 'Movies that it may tell of, the best first' }),
  })
  .meta({ id: 'OpenMatch' });
export type OpenMatch = z.infer<typeof OpenMatch>;

/** Parameters of `GET /matches`. */
export const MatchListQuery = z.strictObject({
  state: anyState.default(['doubtful', 'unmatched', 'conflict']).meta({
    description: `Only records in these states, comma-separated: ${MATCH_STATES.join(', ')}. Default: all but matched`,
    example: 'doubtful,conflict',
  }),
  source: SourceId.optional().meta({
    description: 'Only records of this source',
    example: 'movielens',
  }),
  delivery: wholeNumber(1, 2 ** 31 - 1)
    .optional()
    .meta({ description: 'Only records that this delivery was the last to change', example: 7 }),
  reason: z
    .enum(MATCH_REASONS, `expected ${MATCH_REASONS.join(', ')}`)
    .optional()
    .meta({ description: 'Only records with this reason', example: 'ambiguous' }),
  ...listParameters(keysOf(OpenMatch)),
});
export type MatchListQuery = z.infer<typeof MatchListQuery>;

/** Response of `GET /matches`. */
export const MatchPage = listPage(OpenMatch).meta({ id: 'MatchPage' });

/** What a person can decide about a record. */
export const DECISION_KINDS = ['same', 'different', 'none'] as const;
const kind = z.enum(DECISION_KINDS, `expected ${DECISION_KINDS.join(', ')}`).meta({
  description:
    'same: the record tells of this movie; different: never of this one; none: of none of the candidates',
  example: 'same',
});

/** Body of `POST /matches/decisions`. */
export const DecisionRequest = z
  .strictObject({
    source: SourceId,
    record: recordId,
    kind,
    movie: MovieId.optional().meta({
      description: 'The movie that it is, or is not; left out for none',
      example: 'tt0000001',
    }),
    note: text(1000).optional().meta({ description: 'Why', example: 'the same director' }),
  })
  .superRefine(({ kind: given, movie }, context) => {
    if ((given === 'none') === (movie === undefined)) return;
    context.addIssue({
      code: 'custom',
      path: ['movie'],
      message:
        given === 'none'
          ? 'expected no movie with the kind none'
          : `expected the id of a movie with the kind ${given}`,
    });
  })
  .meta({ id: 'DecisionRequest' });
export type DecisionRequest = z.infer<typeof DecisionRequest>;

/** A decision of a person about a record. */
export const Decision = z
  .object({
    id: z.int().meta({ description: 'Id of the decision', example: 3 }),
    source: SourceId,
    record: recordId,
    kind,
    movie: MovieId.nullable(),
    note: z.string().nullable().meta({ description: 'Why', example: 'the same director' }),
    decidedAt: z.iso
      .datetime()
      .meta({ description: 'Time of the decision', example: '2026-08-15T06:15:00Z' }),
    decidedBy: z.string().meta({
      description: 'The key that decided, or the address without a key',
      example: 'ada',
    }),
    undoneAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which it was undone; null if it holds', example: null }),
    undoneBy: z.string().nullable().meta({ description: 'Who undid it', example: null }),
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

/** The path of a decision. */
export const DecisionPath = z.object({
  id: wholeNumber(1, 2 ** 31 - 1).meta({ description: 'Id of a decision', example: 3 }),
});
export type DecisionPath = z.infer<typeof DecisionPath>;

/** Parameters of `GET /matches/decisions`. */
export const DecisionQuery = z.strictObject({
  source: SourceId.optional().meta({
    description: 'Only decisions about records of this source',
    example: 'movielens',
  }),
  ...listParameters(keysOf(Decision)),
});
export type DecisionQuery = z.infer<typeof DecisionQuery>;

/** Response of `GET /matches/decisions`. */
export const DecisionPage = listPage(Decision).meta({ id: 'DecisionPage' });
