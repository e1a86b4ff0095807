import { notifyManager, useQuery, useQueryClient, type Query } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { isUnreachable } from './answers.ts';

const AGAIN_MS = 3000;

type Connection = 'good' | 'offline' | 'unreachable';

/**
 * How the connection is, by what the browser says of the network, whether questions get no answer,
 * and whether the server has answered when it was asked; undefined while it has not been.
 */
export function connectionOf({
  online,
  isFailing,
  isThere,
}: {
  readonly online: boolean;
  readonly isFailing: boolean;
  readonly isThere: boolean | undefined;
}): Connection {
  const isDoubtful = !online || isFailing;
  if (!isDoubtful || isThere !== false) return 'good';
  return online ? 'unreachable' : 'offline';
}

/**
 * Whether the server is reached. It is asked as soon as the browser has no network or a question
 * gets no answer (a server on this machine is reached without a network), and again every few
 * seconds until it answers; then all that had no answer is asked again.
 */
export function useConnection(): Connection {
  const queries = useQueryClient();
  const online = useSyncExternalStore(onNetwork, () => navigator.onLine);
  const onAnswer = useCallback(
    (changed: () => void) => queries.getQueryCache().subscribe(notifyManager.batchCalls(changed)),
    [queries],
  );
  const isFailing = useSyncExternalStore(onAnswer, () =>
    queries.getQueryCache().findAll({ type: 'active' }).some(hasNoAnswer),
  );
  const isDoubtful = !online || isFailing;
  const { data: isThere } = useQuery({
    queryKey: ['connection'],
    queryFn: async () => {
      const answers = await fetch('/health/ready').then(
        ({ ok }) => ok,
        () => false,
      );
      if (answers) void queries.refetchQueries({ type: 'active', predicate: hasNoAnswer });
      return answers;
    },
    enabled: isDoubtful,
    staleTime: 0,
    refetchInterval: AGAIN_MS,
  });
  return connectionOf({ online, isFailing, isThere });
}

function hasNoAnswer({ state: { error } }: Query): boolean {
  return isUnreachable(error);
}

function onNetwork(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
