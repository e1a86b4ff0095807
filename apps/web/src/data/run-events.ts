import type { Run } from '@marquee/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { ask, expectGood, headers } from '../answers.ts';

const AGAIN_MS = 2000;

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
    void watch({ id, signal: stop.signal, onRun: setRun, onEnded: () => ended(), onBroken });
    return () => stop.abort();
  }, [id, isRunning, queries]);
  return isRunning ? run : given;
}

interface Watching {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly onRun: (run: Run) => void;
  readonly onEnded: () => void;
  readonly onBroken: () => void;
}

/** Watches until the run has ended; a stream that breaks is asked for again. */
async function watch({ id, signal, onRun, onEnded, onBroken }: Watching): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const run of runEvents(id, signal)) {
        onRun(run);
        if (run.state !== 'running') {
          onEnded();
          return;
        }
      }
      // a stream can end before the run has, as when the server is restarted
      onRun(await ask('run', `/runs/${id}`, signal));
    } catch {
      // the next try tells whether it is still so
      onBroken();
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** The events of a run: each is a block of lines, of which those of data hold the run as JSON. */
async function* runEvents(id: string, signal: AbortSignal): AsyncGenerator<Run> {
  const { body } = await expectGood(await fetch(`/runs/${id}/events`, { headers: { accept: 'text/event-stream', ...headers() }, signal }));
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + part.value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, data] = /^data: ?(.*)$/mu.exec(block) ?? [];
      if (data !== undefined) yield JSON.parse(data) as Run;
    }
  }
}
