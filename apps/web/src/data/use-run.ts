import type { Run } from '@marquee/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { watchRun } from './run-stream.ts';

/**
 * A run as it goes on, until it has ended. Not by EventSource, which cannot send a key.
 *
 * @param onEnded is called when it ends while it is watched
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
    // whether the server is there at all, the list of runs shows
    const onBroken = () => {
      if (!stop.signal.aborted) void queries.invalidateQueries({ queryKey: ['runs'] });
    };
    void watchRun({ id, signal: stop.signal, onRun: setRun, onEnded: () => ended(), onBroken });
    return () => stop.abort();
  }, [id, isRunning, queries]);
  return isRunning ? run : given;
}
