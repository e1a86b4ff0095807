import type { Run } from '@marquee/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { watchRun } from './run-stream.ts';

/**
 * A run, updated until it ends. Does not use EventSource, which does not say why a request failed.
 *
 * @param onEnded called when it ends while the component is mounted
 */
export function useRun(given: Run, onEnded: () => void): Run {
  const [run, setRun] = useState(given);
  const ended = useEffectEvent(onEnded);
  const queries = useQueryClient();
  const isRunning = given.state === 'running';
  const { id } = given;
  useEffect(() => {
    if (!isRunning) return undefined;
    const stop = new AbortController();
    // if the server is unreachable, the request for the list of runs shows it
    const onBroken = () => {
      if (!stop.signal.aborted) void queries.invalidateQueries({ queryKey: ['runs'] });
    };
    void watchRun({ id, signal: stop.signal, onRun: setRun, onEnded: () => ended(), onBroken });
    return () => stop.abort();
  }, [id, isRunning, queries]);
  return isRunning ? run : given;
}
