import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Memory of a process, in MB. */
export interface Memory {
  /** Live objects and buffers after garbage collection. */
  readonly held: number;
  /** Resident memory on Linux, 0 elsewhere. V8 gives little of it back. */
  readonly resident: number;
}

/** Number and interval of attempts to connect to the inspector. */
const TRIES = { count: 50, pauseMs: 100 };

/**
 * Measures a Node process by its inspector, after garbage collection.
 *
 * @param inspectPort the `--inspect-port` of the process
 * @throws Error if the inspector does not open or answer
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

/** Only one request at a time is sent, so the next message is its response. */
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
  if (error !== undefined) throw new Error(`The inspector rejected ${method}: ${error.message}`);
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
