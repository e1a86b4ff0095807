import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds, in MB. */
export interface Memory {
  /** What it still needs: objects and buffers that are left once its garbage has been collected. */
  readonly held: number;
  /** What it has of the machine, as Linux tells; 0 elsewhere. V8 gives little of it back. */
  readonly resident: number;
}

/** How often a process is asked whether it can be looked into, and how long in between. */
const TRIES = { count: 50, pauseMs: 100 };

/**
 * Looks into a process of Node's by its inspector, and has it collect its garbage first.
 *
 * @param inspectPort what the process was started with as `--inspect-port`
 * @throws when it does not open its inspector, or that does not answer
 */
export async function memoryOf(pid: number, inspectPort: number): Promise<Memory> {
  process.kill(pid, 'SIGUSR1');
  const inspector = new WebSocket(await inspectorUrl(inspectPort));
  try {
    await once(inspector, 'open');
    await ask(inspector, 'HeapProfiler.collectGarbage', {});
    const { result } = await ask(inspector, 'Runtime.evaluate', {
      expression: '((m) => m.heapUsed + m.external)(process.memoryUsage())',
    });
    if (typeof result?.value !== 'number')
      throw new Error(
        `The inspector of process ${pid} was asked for a number of bytes, and answered ${JSON.stringify(result)}.`,
      );
    return { held: megabytes(result.value), resident: residentOf(pid) };
  } finally {
    inspector.close();
  }
}

async function inspectorUrl(port: number): Promise<string> {
  for (let left = TRIES.count; ; left--) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        webSocketDebuggerUrl: string;
      }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (left === 0) throw error;
    }
    await sleep(TRIES.pauseMs);
  }
}

/** One request at a time is under way: the next message is its answer. */
async function ask(
  inspector: WebSocket,
  method: string,
  params: object,
): Promise<{ result?: { value?: unknown } }> {
  inspector.send(JSON.stringify({ id: 1, method, params }));
  const event = await once(inspector, 'message');
  const { result, error } = JSON.parse(String((event as MessageEvent).data)) as {
    result?: { result?: { value?: unknown } };
    error?: { message: string };
  };
  if (error !== undefined) throw new Error(`The inspector refused ${method}: ${error.message}`);
  return result ?? {};
}

async function once(inspector: WebSocket, event: 'open' | 'message'): Promise<Event> {
  return new Promise((resolve, reject) => {
    inspector.addEventListener(event, resolve, { once: true });
    inspector.addEventListener(
      'error',
      () => reject(new Error(`The inspector at ${inspector.url} does not answer.`)),
      { once: true },
    );
  });
}

function residentOf(pid: number): number {
  const text = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return megabytes(Number(/^VmRSS:\s+(\d+) kB$/mu.exec(text)?.[1] ?? 0) * 1024);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
