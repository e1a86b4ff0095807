import type { Run } from '@marquee/contract';
import { getJson, expectOk } from '../api-client.ts';

interface WatchOptions {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly onRun: (run: Run) => void;
  readonly onEnded: () => void;
  readonly onBroken: () => void;
  /** Delay before the stream is requested again, in ms. */
  readonly retryMs?: number;
}

/** Watches a run until it ends. Reconnects if the stream breaks. */
export async function watchRun({
  id,
  signal,
  onRun,
  onEnded,
  onBroken,
  retryMs = 2000,
}: WatchOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const run of runEvents(id, signal)) {
        onRun(run);
        if (run.state !== 'running') {
          onEnded();
          return;
        }
      }
      // the stream can end before the run, for example if the server restarts
      onRun(await getJson('run', `/runs/${id}`, signal));
    } catch {
      // the next attempt shows whether the error persists
      onBroken();
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** The server-sent events of a run; the data of each is the run as JSON. */
async function* runEvents(id: string, signal: AbortSignal): AsyncGenerator<Run> {
  const { body } = await expectOk(
    await fetch(`/runs/${id}/events`, {
      headers: { accept: 'text/event-stream' },
      signal,
    }),
  );
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
