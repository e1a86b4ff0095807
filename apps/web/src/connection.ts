import { notifyManager, useQuery, useQueryClient, type Query } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { isUnreachable } from './api-client.ts';

const RETRY_MS = 3000;

type Connection = 'good' | 'offline' | 'unreachable';

/**
 * How the connection is, by what the browser says of the network, whether questions get no answer,
 * and whether the server has answered when it was asked; undefined while it has not been.
 */
export function connectionOf({
  online,
  isFailing,
  isServerUp,
}: {
  readonly online: boolean;
  readonly isFailing: boolean;
  readonly isServerUp: boolean | undefined;
}): Connection {
  const isDoubtful = !online || isFailing;
  if (!isDoubtful || isServerUp !== false) return 'good';
  return online ? 'unreachable' : 'offline';
}

/**
 * Whether the server is reached. It is asked as soon as the browser has no network or a question
 * gets no answer (a server on this machine is reached without a network), and again every few
 * seconds until it answers; then all that had no answer is asked again.
 */
export function useConnection(): Connection {
  const queries = useQueryClient();
  const online = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
  const onAnswer = useCallback(
    (changed: () => void) => queries.getQueryCache().subscribe(notifyManager.batchCalls(changed)),
    [queries],
  );
  const isFailing = useSyncExternalStore(onAnswer, () =>
    queries.getQueryCache().findAll({ type: 'active' }).some(isUnanswered),
  );
  const isDoubtful = !online || isFailing;
  const { data: isServerUp } = useQuery({
    queryKey: ['connection'],
    queryFn: async () => {
      const answers = await fetch('/health/ready').then(
        ({ ok }) => ok,
        () => false,
      );
      if (answers) void queries.refetchQueries({ type: 'active', predicate: isUnanswered });
      return answers;
    },
    enabled: isDoubtful,
    staleTime: 0,
    refetchInterval: RETRY_MS,
  });
  return connectionOf({ online, isFailing, isServerUp });
}

function isUnanswered({ state: { error } }: Query): boolean {
  return isUnreachable(error);
}

function subscribeToNetwork(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
