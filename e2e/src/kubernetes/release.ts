import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Run, RunAccepted, Stats } from '@marquee/contract';
import { run, until, type Namespace } from './kubectl.ts';

const LOAD_PROGRAM = join(import.meta.dirname, 'pod-load.js');

/** What a series of requests came to. */
export interface LoadSummary {
  readonly requests: number;
  /** Requests without an answer, or with another status than 200. */
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Response times in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** An installed release, and requests to it from inside its cluster. */
export class Release {
  readonly #space: Namespace;
  readonly #key: string;
  readonly #url = 'http://marquee-api:3000';

  /** @param key of an operator */
  constructor(space: Namespace, key: string) {
    this.#space = space;
    this.#key = key;
  }

  /** Sends a request from the pod of the origin. @throws Error without a 2xx */
  async ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const request = {
      url: `${this.#url}${path}`,
      init: {
        method,
        headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      },
    };
    // the key comes by standard input: lists of processes show arguments
    const program = `const { url, init } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      fetch(url, init).then(async (r) => { process.stdout.write(await r.text()); process.exit(r.ok ? 0 : 1); }, (e) => { console.error(e.cause ?? e); process.exit(1); })`;
    const args = ['exec', '-i', 'deploy/origin', '--', 'node', '-e', program];
    return JSON.parse(
      await run('kubectl', ['--namespace', this.#space.name, ...args], JSON.stringify(request)),
    ) as unknown;
  }

  /** Starts an update. @returns its id */
  async update(force: boolean | 'full'): Promise<string> {
    return RunAccepted.parse(await this.ask('POST', '/updatedata', { force })).id;
  }

  /** Waits until a run ends. @throws Error if it did not succeed */
  async ended(id: string): Promise<Run> {
    let ended: Run | null = null;
    await until(`run ${id}`, async () => {
      const now = Run.parse(await this.ask('GET', `/runs/${id}`));
      if (now.state !== 'running') ended = now;
      return ended !== null;
    });
    const { state, error } = ended as unknown as Run;
    if (state !== 'succeeded') throw new Error(`Run ${id} ${state}: ${JSON.stringify(error)}`);
    return ended as unknown as Run;
  }

  /** The number of published rows of each dataset. */
  async rows(): Promise<Record<string, number>> {
    const { datasets } = Stats.parse(await this.ask('GET', '/stats'));
    return Object.fromEntries(datasets.map(({ dataset, rows }) => [dataset, rows]));
  }

  /** Serves the made-up files of another day. */
  async serveDay(day: 0 | 1): Promise<void> {
    await this.#space.kubectl(
      'exec',
      'deploy/origin',
      '--',
      'ln',
      '-sfn',
      `/data/${day}`,
      '/data/now',
    );
  }

  /**
   * Sends requests from a pod while something happens, and at least so many.
   *
   * @returns what came of them
   */
  async underLoad(
    image: string,
    least: number,
    happening: () => Promise<void>,
  ): Promise<LoadSummary> {
    const space = this.#space;
    const name = 'load';
    await space.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { 'load.js': await readFile(LOAD_PROGRAM, 'utf8') },
    });
    const phase = await space.startPod(
      {
        name,
        image,
        // the program finds the packages of the image
        command: ['node', '/app/load/load.js', this.#url, String(least)],
        resources: { requests: { cpu: '100m' } },
        volumeMounts: [{ name: 'program', mountPath: '/app/load' }],
      },
      { name: 'program', configMap: { name } },
    );
    await until('the pod that sends requests', async () => (await phase()) === 'Running');
    // requests before anything happens
    await sleep(5000);
    await happening();
    await sleep(5000);
    await space.kubectl('exec', name, '--', 'touch', '/tmp/stop');
    await until('the end of the requests', async () => (await phase()) !== 'Running');
    const said = await space.kubectl('logs', name);
    return JSON.parse(said.trim().split('\n').at(-1) ?? '') as LoadSummary;
  }
}
