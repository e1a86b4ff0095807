import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program ended with an error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Runs a program. @returns its output @throws CommandError with what it said */
export async function run(
  command: string,
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [out, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0)
    throw new CommandError(`${command} ${args.join(' ')}: ${said.trim() || out.trim()}`);
  return out;
}

/** A namespace of the cluster of kubectl's current context. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return run('kubectl', ['--namespace', this.name, ...args]);
  }

  async helm(...args: readonly string[]): Promise<string> {
    return run('helm', ['--namespace', this.name, ...args]);
  }

  /** Creates or changes resources. */
  async apply(...resources: readonly object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: resources };
    await run(
      'kubectl',
      ['--namespace', this.name, 'apply', '--filename', '-'],
      JSON.stringify(list),
    );
  }

  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl('get', ...args, '--output', 'json')) as T;
  }

  /** The pods of a component that are not about to end. */
  async pods(component: string): Promise<Pod[]> {
    const selector = `app.kubernetes.io/component=${component}`;
    const { items } = await this.get<{ items: Pod[] }>('pods', '--selector', selector);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Waits until a component has as many ready pods. */
  async ready(component: string, count: number, without: readonly string[] = []): Promise<void> {
    await until(`${count} ready pods of ${component}`, async () => {
      const pods = await this.pods(component);
      const ready = pods.filter((pod) => isReady(pod) && !without.includes(pod.metadata.uid));
      return ready.length >= count;
    });
  }

  /**
   * Starts a pod that ends by itself, in place of one of the same name.
   *
   * @param volume what its container sees of the cluster
   * @returns reads its phase, such as `Succeeded`
   */
  async startPod(container: OneContainer, volume: object): Promise<() => Promise<string>> {
    const { name } = container;
    await this.kubectl('delete', 'pod', name, '--ignore-not-found');
    await this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { restartPolicy: 'Never', containers: [container], volumes: [volume] },
    });
    return async () => (await this.get<{ status: { phase: string } }>('pod', name)).status.phase;
  }
}

interface OneContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly resources?: object;
  readonly securityContext?: object;
  readonly volumeMounts: readonly object[];
}

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Asks until it is so. @throws Error after ten minutes, with the last fault */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  let fault: unknown;
  const end = Date.now() + 600_000;
  while (Date.now() < end) {
    try {
      if (await isSo()) return;
    } catch (error) {
      // a server that starts refuses for a while
      fault = error;
    }
    await sleep(1000);
  }
  throw new Error(`Waited ten minutes for ${what}.`, { cause: fault });
}
