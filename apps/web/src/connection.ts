import { notifyManager, useQuery, useQueryClient, type Query } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { isUnreachable } from './api-client.ts';

const RETRY_MS = 3000;

type Connection = 'good' | 'offline' | 'unreachable';

/**
 * State of the connection.
 *
 * @param online whether the browser has a network
 * @param isFailing whether requests fail without a response
 * @param isServerUp result of the health check; undefined before the first one
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
 * State of the connection to the server. If the browser is offline or a request gets no response,
 * checks the server's health every few seconds: a server on this machine needs no network. Once it
 * answers, retries all requests without a response.
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
