import type { OpenMatch } from '@marquee/contract';
import { useMutation, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { deleteResource, postJson, type ApiResponses } from '../../api-client.ts';

/** A decision about the record that is shown: of a candidate, or of none of them. */
export type Choice =
  { readonly kind: 'same' | 'different'; readonly movie: string } | { readonly kind: 'none' };

/** The queue of records, and what can be done with the first one. */
export interface Review {
  /** Undefined at the end of the queue. */
  readonly current: OpenMatch | undefined;
  /** Number of records that were decided on this page. */
  readonly decided: number;
  /** Movies that it was decided not to be, whose candidates are struck out. */
  readonly excluded: readonly string[];
  readonly decide: (choice: Choice) => void;
  readonly skip: () => void;
  /** Takes the last decision or skip back; undefined if there is none. */
  readonly undo: (() => void) | undefined;
  readonly isBusy: boolean;
  readonly error: Error | null;
}

interface Step {
  readonly index: number;
  readonly excluded: readonly string[];
  /** Id of the decision; null for a skipped record. */
  readonly decision: number | null;
}

/** This many records before the end of what is loaded, more are requested. */
const AHEAD = 10;

/** Goes through a list of records. The next one is loaded already, and is shown at once. */
export function useReview(
  list: UseInfiniteQueryResult<InfiniteData<ApiResponses['matches']>>,
): Review {
  const [index, setIndex] = useState(0);
  const [excluded, setExcluded] = useState<readonly string[]>([]);
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const matches = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const current = matches[index];
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const isNearEnd = index + AHEAD >= matches.length;
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isNearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const advance = (step: Step, left: readonly string[] | null) => {
    setSteps([...steps, step]);
    setExcluded(left ?? []);
    if (left === null) setIndex(step.index + 1);
  };
  const decide = useMutation({
    mutationFn: async ({ match, choice }: { match: OpenMatch; choice: Choice }) =>
      postJson('decision', '/matches/decisions', {
        source: match.source,
        record: match.record,
        ...choice,
      }),
    onSuccess: ({ id }, { match, choice }) =>
      advance({ index, excluded, decision: id }, leftOver(match, excluded, choice)),
  });
  const undo = useMutation({
    mutationFn: async ({ decision }: Step) =>
      decision === null ? undefined : deleteResource(`/matches/decisions/${decision}`),
    onSuccess: (_, step) => {
      setSteps(steps.slice(0, -1));
      setIndex(step.index);
      setExcluded(step.excluded);
    },
  });
  const last = steps.at(-1);
  const isBusy = decide.isPending || undo.isPending;
  return {
    current,
    decided: steps.filter(({ decision, index: at }) => decision !== null && at !== index).length,
    excluded,
    decide: (choice) => {
      if (current !== undefined && !isBusy) decide.mutate({ match: current, choice });
    },
    skip: () => {
      if (current !== undefined && !isBusy) advance({ index, excluded, decision: null }, null);
    },
    undo: last === undefined || isBusy ? undefined : () => undo.mutate(last),
    isBusy,
    error: decide.error ?? undo.error,
  };
}

/** The excluded movies if candidates are left to decide about; null to go on to the next record. */
function leftOver(
  { candidates }: OpenMatch,
  excluded: readonly string[],
  choice: Choice,
): readonly string[] | null {
  if (choice.kind !== 'different') return null;
  const all = [...excluded, choice.movie];
  return candidates.some(({ movie }) => !all.includes(movie)) ? all : null;
}
