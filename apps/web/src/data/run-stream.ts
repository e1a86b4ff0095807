import type { Run } from '@marquee/contract';
import { getJson, expectOk, authHeaders } from '../api-client.ts';

export interface WatchOptions {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly onRun: (run: Run) => void;
  readonly onEnded: () => void;
  readonly onBroken: () => void;
  /** How long to wait before a stream that broke is asked for again. */
  readonly retryMs?: number;
}

/** Watches until the run has ended; a stream that breaks is asked for again. */
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
      // a stream can end before the run has, as when the server is restarted
      onRun(await getJson('run', `/runs/${id}`, signal));
    } catch {
      // the next try tells whether it is still so
      onBroken();
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** The events of a run: each is a block of lines, of which those of data hold the run as JSON. */
async function* runEvents(id: string, signal: AbortSignal): AsyncGenerator<Run> {
  const { body } = await expectOk(
    await fetch(`/runs/${id}/events`, {
      headers: { accept: 'text/event-stream', ...authHeaders() },
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
