import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { removeFixtures, startFixtures, TITLES } from './fixtures.ts';
import { Namespace, run } from './kubectl.ts';
import { Release, type LoadSummary } from './release.ts';

const CHART = join(import.meta.dirname, '../../../deploy/helm/marquee');
/** What is killed during one load. */
const KILLED = [
  ['downloader', 'loader', 'extractor', 'aggregator'],
  ['api'],
  ['redis'],
  ['postgres'],
];

const PASSWORDS = [
  ...['API', 'LOADER', 'EXTRACTOR', 'AGGREGATOR', 'READER'].flatMap((role) => [
    `POSTGRES_${role}_PASSWORD`,
    `POSTGRES_${role}_2_PASSWORD`,
  ]),
  'REDIS_PASSWORD',
];
const password = () => randomBytes(24).toString('hex');

/**
 * Installs a release in the cluster of kubectl's current context, and shows that it serves while it
 * is upgraded, drained, rolled back, and while its pods are killed.
 */
const { values: options } = parseArgs({
  options: {
    image: { type: 'string', default: 'marquee' },
    tag: { type: 'string', default: 'v1' },
    'next-tag': { type: 'string', default: 'v2' },
    postgres: { type: 'string', default: 'postgres:18' },
    redis: { type: 'string', default: 'redis:8' },
    namespace: { type: 'string', default: 'marquee-test' },
    requests: { type: 'string', default: '100000' },
    keep: { type: 'boolean', default: false },
  },
});
const image = (tag: string) => `${options.image}:${tag}`;
const space = new Namespace(options.namespace);
const admin = password();
const passwords = Object.fromEntries(PASSWORDS.map((name) => [name, password()]));
const key = `mq_${randomBytes(32).toString('base64url')}`;
const release = new Release(space, key);
const least = Number(options.requests);
const failures: string[] = [];

try {
  await step('remove what an earlier test has left', async () => removeFixtures(space));
  await step('database, made-up files', prepare);
  await step('install', async () => deploy(options.tag));
  await step(`first load of ${TITLES} titles`, async () =>
    release.ended(await release.update(false)),
  );
  await show('change to the second logins during a load, and back', 0, changeLogins);
  await step('upgrade whose set-up fails', failUpgrade);
  await show('upgrade during a load, a refresh and requests', least, upgrade);
  await showMemory();
  await show('drain of the nodes, with the budget', 0, drain);
  await step('kill of each pod during loads', killEach);
  await show('rollback', 0, rollBack);
} finally {
  if (!options.keep) await removeFixtures(space);
}
if (failures.length > 0) {
  console.error(`Failed: ${failures.join('; ')}`);
  process.exitCode = 1;
}

async function prepare(): Promise<void> {
  await run('kubectl', ['create', 'namespace', space.name]);
  await writeSecret();
  await startFixtures(space, { app: image(options.tag), postgres: options.postgres }, admin);
}

/** Writes the secret that the chart refers to, with this password of the superuser. */
async function writeSecret(adminPassword = admin): Promise<void> {
  await space.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'marquee' },
    stringData: {
      ...passwords,
      DATABASE_ADMIN_URL: `postgres://marquee:${adminPassword}@postgres:5432/marquee`,
      API_ADMIN_KEY: key,
    },
  });
}

async function deploy(tag: string, secondLogins = false): Promise<void> {
  const values = {
    image: { repository: options.image, tag },
    existingSecret: 'marquee',
    database: { host: 'postgres', secondLogins },
    setUp: { backoffLimit: 1 },
    redis: { image: options.redis },
    // the volumes of kind are for one node
    snapshots: { accessMode: 'ReadWriteOnce' },
    // all pods have to fit onto two processors, also while one more API starts
    loader: { resources: { requests: { cpu: '250m', memory: '384Mi' } } },
    settings: {
      READING: 'open',
      DATASETS_URL: 'http://origin:8088/',
      KEY_REQUESTS_PER_MINUTE: 0,
      ADDRESS_REQUESTS_PER_MINUTE: 0,
    },
    networkPolicy: {
      extraEgress: [
        {
          to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/component': 'origin' } } }],
          ports: [{ port: 8088, protocol: 'TCP' }],
        },
      ],
    },
  };
  await run(
    'helm',
    [
      ...['upgrade', '--install', 'marquee', CHART, '--namespace', space.name],
      ...['--wait', '--timeout', '10m', '--values', '-'],
    ],
    JSON.stringify(values),
  );
}

/** As passwords are changed: all processes go on by the other login of their role. */
async function changeLogins(): Promise<void> {
  for (const secondLogins of [true, false]) {
    const load = await release.update('full');
    await deploy(options.tag, secondLogins);
    await release.ended(load);
  }
}

/** A set-up that fails ends an upgrade, and leaves the pods as they are. */
async function failUpgrade(): Promise<void> {
  const pods = async () => (await space.pods('api')).map((pod) => pod.metadata.uid).sort();
  const before = await pods();
  await writeSecret('wrong');
  const fault = await deploy(options['next-tag']).then(
    () => null,
    (error: unknown) => error,
  );
  await writeSecret();
  if (fault === null) throw new Error('An upgrade went on without its set-up.');
  await expectImage(options.tag);
  if (String(await pods()) !== String(before)) throw new Error('Pods were replaced.');
}

async function upgrade(): Promise<void> {
  const load = await release.update('full');
  await deploy(options['next-tag']);
  await release.ended(load);
  await release.serveDay(1);
  const refresh = await release.update(true);
  // again, with the refresh: the same image, in new pods
  await space.kubectl(
    'rollout',
    'restart',
    'deployment',
    '--selector',
    'app.kubernetes.io/name=marquee',
  );
  for (const name of ['api', 'downloader', 'loader', 'extractor', 'aggregator'])
    await space.kubectl('rollout', 'status', `deployment/marquee-${name}`, '--timeout=600s');
  await release.ended(refresh);
  await expectImage(options['next-tag']);
}

async function expectImage(tag: string): Promise<void> {
  for (const component of ['api', 'downloader', 'loader', 'extractor', 'aggregator'])
    for (const { spec } of await space.pods(component))
      if (spec.containers[0]?.image !== image(tag))
        throw new Error(`A pod of ${component} has the image ${spec.containers[0]?.image}.`);
}

/**
 * Drains the node of the API's pods, as before its maintenance. On the only node nothing can take
 * their place until it is open again: the budget then has to keep one pod.
 */
async function drain(): Promise<void> {
  const { items: nodes } = await space.get<{ items: { metadata: { name: string } }[] }>('nodes');
  for (const { metadata } of nodes) {
    const before = (await space.pods('api')).map((pod) => pod.metadata.uid);
    const drained = run('kubectl', [
      ...['drain', metadata.name, '--ignore-daemonsets', '--delete-emptydir-data', '--force'],
      ...['--pod-selector', 'app.kubernetes.io/component=api', '--timeout', '300s'],
    ]);
    const isDone = drained.then(
      () => true,
      () => true,
    );
    if (nodes.length === 1) {
      await sleep(20_000);
      if (await Promise.race([isDone, sleep(0, false)]))
        throw new Error('The drain was not held by the budget.');
      await space.ready('api', 1);
      console.log('  the budget has held the drain of the only node for 20 s');
    }
    if (nodes.length === 1) await run('kubectl', ['uncordon', metadata.name]);
    await drained;
    await space.ready('api', 2, nodes.length === 1 ? before : []);
    await run('kubectl', ['uncordon', metadata.name]);
  }
}

/** Kills each pod at once, as the crash of a node does, while loads go on. */
async function killEach(): Promise<void> {
  const rows = JSON.stringify(await release.rows());
  for (const components of KILLED) {
    const load = await release.update('full');
    await Promise.all(
      components.map(async (component, i) => {
        // the downloader while it downloads, the loader while it loads
        await sleep(1000 + 2000 * i);
        console.log(`  ${component}: ready again after ${seconds(await kill(component))}`);
      }),
    );
    await release.ended(load);
    console.log(`  the load with ${components.join(', ')} killed has succeeded`);
  }
  if (JSON.stringify(await release.rows()) !== rows)
    throw new Error('Other rows are published than before.');
}

/** @returns after how many ms as many pods of it are ready as before */
async function kill(component: string): Promise<number> {
  const pods = await space.pods(component);
  const [victim] = pods;
  if (victim === undefined) throw new Error(`There is no pod of ${component}.`);
  const began = performance.now();
  await space.kubectl('delete', 'pod', victim.metadata.name, '--force', '--grace-period=0');
  await space.ready(component, pods.length, [victim.metadata.uid]);
  return performance.now() - began;
}

async function rollBack(): Promise<void> {
  await space.helm('rollback', 'marquee', '1', '--wait', '--timeout', '10m');
  await expectImage(options.tag);
}

/** The most memory that each container has used, which its requests are derived from. */
async function showMemory(): Promise<void> {
  const read =
    'cat /sys/fs/cgroup/memory.peak 2>/dev/null || cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes';
  for (const component of ['api', 'downloader', 'loader', 'extractor', 'aggregator', 'redis'])
    for (const { metadata } of await space.pods(component)) {
      const bytes = Number(await space.kubectl('exec', metadata.name, '--', 'sh', '-c', read));
      console.log(`  memory of ${component}, at most: ${Math.round(bytes / 2 ** 20)} MiB`);
    }
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await work();
  console.log(`${what}: ${seconds(performance.now() - began)}`);
}

/** Does something under load, and notes it as failed if a request was. */
async function show(what: string, requests: number, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const load: LoadSummary = await release.underLoad(image(options.tag), requests, work);
  console.log(
    `${what}: ${seconds(performance.now() - began)}, ${load.failed} of ${load.requests} requests failed, ` +
      `half within ${load.p50} ms, 99 % within ${load.p99} ms, the slowest ${load.longest} ms`,
  );
  if (load.failed === 0) return;
  failures.push(what);
  for (const [failure, count] of Object.entries(load.failures))
    console.log(`  ${count} × ${failure}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
