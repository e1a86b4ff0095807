import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileNameOf } from '@marquee/datasets';
import { generateSources } from '@marquee/sample';
import { generateDays, SAMPLE_SEED } from '../../sample-days.ts';
import { FaultyOrigin } from '../faulty-origin.ts';
import { Machine, waitUntil, type QueueBackend } from '../machine.ts';
import {
  MAX_POSTGRES_KILLS,
  SOURCE_IDS,
  START,
  type Change,
  type SourceId,
  type Target,
  type Version,
  type WorkerName,
} from './source-plan.ts';
import { isSettled, settled } from './told-state.ts';

const TITLES = 1000;
/** Films that are added to each source. */
const FILMS = 300;
const FILES = {
  'made-up-critics': {
    file: 'reviews',
    name: 'reviews.tsv',
    row: ({ title, year }: Film, i: number, version: Version) =>
      `${1000 + i}\t${title}\t${year}\t\t90\tNR\t${(i + 7 * version) % 100}\t${10 + i}\tSeen.`,
  },
  'made-up-box-office': {
    file: 'films',
    name: 'films.csv',
    row: ({ title, year }: Film, i: number, version: Version) =>
      `${1000 + i},"May 27, ${year}","${title}",Atlas Reel/Studio ${i % 50},8/${100 + (i % 50)},US,"$${1_000_000 + i}","$${3_000_000 + 1000 * i + version}"`,
  },
} as const satisfies Record<SourceId, unknown>;
/** The field whose rule changes, and the other rule: a limit makes all movies be merged again. */
const RULE = { field: 'genres', other: { kind: 'union', limit: 1 } } as const;

/** Two days of a sample, and two versions of the file of each source. */
export class MadeUpInputs {
  readonly origin: FaultyOrigin;
  readonly #folder: string;
  readonly #films: readonly Film[];
  readonly #removeDays: () => Promise<void>;

  private constructor(
    origin: FaultyOrigin,
    folder: string,
    films: readonly Film[],
    removeDays: () => Promise<void>,
  ) {
    this.origin = origin;
    this.#folder = folder;
    this.#films = films;
    this.#removeDays = removeDays;
  }

  static async make(): Promise<MadeUpInputs> {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-source-faults-'));
    const days = await generateDays({ titles: TITLES, days: 2 });
    // votes are part of scores, and change daily: records are not matched again for them
    const ratings = fileNameOf('title.ratings');
    await copyFile(join(days.day(0), ratings), join(days.day(1), ratings));
    await generateSources({ sample: days.day(0), seed: SAMPLE_SEED, folder });
    return new MadeUpInputs(
      await FaultyOrigin.start(days, 2),
      folder,
      await readFilms(join(days.day(0), fileNameOf('title.basics'))),
      async () => days.remove(),
    );
  }

  async definition(id: SourceId): Promise<string> {
    return readFile(join(this.#folder, `${id}.json`), 'utf8');
  }

  /**
   * The file of a source: the generated one with more films, so that several transactions merge
   * them. Version 1 lacks every ninth row, and tells something else of the added films.
   */
  async file(id: SourceId, version: Version): Promise<string> {
    const generated = await readFile(join(this.#folder, id, FILES[id].name), 'utf8');
    const added = this.#films.map((film, i) => FILES[id].row(film, i, version));
    const lines = [...generated.trimEnd().split('\n'), ...added];
    return `${lines.filter((_, i) => version === 0 || i % 9 !== 8).join('\n')}\n`;
  }

  async remove(): Promise<void> {
    await this.origin.close();
    await this.#removeDays();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Film {
  readonly title: string;
  readonly year: string;
}

/** Titles of the sample with a year. @param file its title.basics */
async function readFilms(file: string): Promise<Film[]> {
  const [, ...lines] = gunzipSync(await readFile(file))
    .toString()
    .split('\n');
  return lines
    .map((line) => line.split('\t'))
    .map(([, , title = '', , , year = '']) => ({ title, year }))
    .filter(({ title, year }) => /^\d{4}$/u.test(year) && !title.includes('"'))
    .slice(0, FILMS);
}

/** A machine with a published day and delivered sources. */
export class SourceMachine {
  readonly machine: Machine;
  readonly #inputs: MadeUpInputs;
  /** The published day. */
  #day: Version | null = null;

  private constructor(machine: Machine, inputs: MadeUpInputs) {
    this.machine = machine;
    this.#inputs = inputs;
  }

  /** Starts a machine, and gives it the inputs of {@link START}. */
  static async start(queue: QueueBackend, inputs: MadeUpInputs): Promise<SourceMachine> {
    const machine = await Machine.start(queue, inputs.origin, { sources: true });
    const started = new SourceMachine(machine, inputs);
    await started.make({ kind: 'publish', version: START.day });
    for (const source of SOURCE_IDS) {
      await started.#request('PUT', `/sources/${source}`, await inputs.definition(source));
      await started.make({ kind: 'deliver', source, version: START.files[source] });
    }
    await settled(machine.pool);
    return started;
  }

  /**
   * Returns to the inputs of {@link START}, without faults: as they were, but for what the log of
   * changes and the deliveries that were taken back tell.
   */
  async reset(): Promise<void> {
    await this.machine.restartIfNeeded(MAX_POSTGRES_KILLS);
    await this.machine.waitUntilHealthy();
    const { pool } = this.machine;
    await this.make({ kind: 'rule', version: START.rule });
    if (this.#day !== START.day) await this.make({ kind: 'publish', version: START.day });
    const { rows } = await pool.query<{ id: string; source: string }>(
      `select id, source from sources.delivery d
       where state <> 'withdrawn' and exists (select from sources.delivery o where o.source = d.source and o.id < d.id)
       order by id desc`,
    );
    for (const { id, source } of rows)
      await this.#request('POST', `/sources/${source}/deliveries/${id}/withdraw`);
    await settled(pool);
  }

  /** Makes a change, whatever happens meanwhile; its work may go on. @returns whether it counts */
  async make(change: Change): Promise<boolean> {
    switch (change.kind) {
      case 'deliver': {
        const { file, name } = FILES[change.source];
        const content = await this.#inputs.file(change.source, change.version);
        await this.#request(
          'POST',
          `/sources/${change.source}/deliveries?file=${file}&name=${name}`,
          content,
          'application/octet-stream',
        );
        return true;
      }
      case 'take back':
        await this.#takeBack(change.source);
        return true;
      case 'rule':
        await (change.version === 0
          ? this.#request('DELETE', `/rules/${RULE.field}`)
          : this.#request('PUT', `/rules/${RULE.field}`, JSON.stringify(RULE.other)));
        return true;
      case 'publish': {
        this.#inputs.origin.serve(change.version);
        const run = await this.machine.ended(await this.machine.startRun(true));
        if (run.state === 'succeeded') this.#day = change.version;
        return run.state === 'succeeded';
      }
    }
  }

  async isSettled(): Promise<boolean> {
    return isSettled(this.machine.pool);
  }

  /** Kills something. Resolves when its end was noticed; Redis is up again then. */
  async kill(target: Target, worker: WorkerName): Promise<void> {
    const { machine } = this;
    switch (target) {
      case 'backend':
        return machine.killBackend(`marquee ${worker}`);
      case 'queue':
      case 'jobs':
        if (machine.redis === null) {
          await machine.pool.query('truncate bullmq.job cascade').catch(() => undefined);
        } else {
          await machine.redis.kill();
          await machine.redis.comeBack({ keep: target === 'queue' });
        }
        return;
      case 'extractor':
      case 'aggregator':
      case 'postgres':
      case 'api':
        return machine.kill(target);
    }
  }

  /** Takes back the newest delivery. It is chosen once: the request may be sent several times. */
  async #takeBack(id: SourceId): Promise<void> {
    const newest = await waitUntil('deliveries are listed', async () => {
      const { rows } = await this.machine.pool.query<{ id: string }>(
        `select id from sources.delivery where source = $1::text and state <> 'withdrawn' order by id desc limit 1`,
        [id],
      );
      return rows[0]?.id ?? null;
    });
    await this.#request('POST', `/sources/${id}/deliveries/${newest}/withdraw`);
  }

  /** Sends a request until it is answered, whatever happens to the API meanwhile. */
  async #request(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body = '',
    type = 'application/json',
  ): Promise<void> {
    await waitUntil(`${method} ${path} is answered`, async () => {
      const response = await fetch(this.machine.apiUrl + path, {
        method,
        ...(body !== '' && { body, headers: { 'content-type': type } }),
        signal: AbortSignal.timeout(10_000),
      });
      if (response.ok) return true;
      throw new Error(`${response.status} ${await response.text()}`);
    });
  }
}
