import { Namespace, run, until } from './kubectl.ts';

/** What a test cluster has beside the chart: a database, and a server of made-up files. */
export interface FixtureImages {
  readonly app: string;
  readonly postgres: string;
}

/** The folders of volumes on a node, where the cluster makes none by itself. */
const FOLDER = '/var/lib/marquee-k8s-test';

const CLAIMS = ['data-postgres-0', 'data-marquee-redis-0', 'marquee-snapshots'];

/** How many titles the made-up files have. */
export const TITLES = 20_000;

/**
 * PostgreSQL, a server of made-up files, and a pod from which requests are sent.
 *
 * @param adminPassword of PostgreSQL's superuser
 */
export async function startFixtures(
  space: Namespace,
  images: FixtureImages,
  adminPassword: string,
): Promise<void> {
  const { items: classes } = JSON.parse(
    await run('kubectl', ['get', 'storageclasses', '--output', 'json']),
  ) as { items: object[] };
  if (classes.length === 0) await makeVolumes(space, images.app);
  await space.apply(...postgres(images.postgres, adminPassword), ...origin(images.app));
  await space.ready('postgres', 1);
  await space.ready('origin', 1);
}

/** Volumes in folders of the node, for clusters of one node without a provisioner. */
async function makeVolumes(space: Namespace, image: string): Promise<void> {
  await space.apply(
    ...CLAIMS.map((claim) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${space.name}-${claim}` },
      spec: {
        capacity: { storage: '50Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path: `${FOLDER}/${claim}`, type: 'DirectoryOrCreate' },
        claimRef: { namespace: space.name, name: claim },
      },
    })),
  );
  await onNode(
    space,
    image,
    `mkdir -p ${CLAIMS.map((claim) => `/node/${claim}`).join(' ')}; rm -rf /node/*/*; chmod 777 /node/*`,
  );
}

/** Runs a command as root in a pod that sees the folder of the volumes. */
async function onNode(space: Namespace, image: string, command: string): Promise<void> {
  const phase = await space.startPod(
    {
      name: 'volumes',
      image,
      command: ['sh', '-c', command],
      securityContext: { runAsUser: 0 },
      volumeMounts: [{ name: 'node', mountPath: '/node' }],
    },
    { name: 'node', hostPath: { path: FOLDER, type: 'DirectoryOrCreate' } },
  );
  await until('the folders of volumes', async () => (await phase()) === 'Succeeded');
}

/** Removes the namespace and its volumes. */
export async function removeFixtures(space: Namespace): Promise<void> {
  await run('kubectl', ['delete', 'namespace', space.name, '--ignore-not-found', '--timeout=300s']);
  const volumes = CLAIMS.map((claim) => `${space.name}-${claim}`);
  await run('kubectl', ['delete', 'persistentvolume', ...volumes, '--ignore-not-found']);
}

function labels(component: string): Record<string, string> {
  return { 'app.kubernetes.io/component': component };
}

function service(name: string, port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels(name), ports: [{ port, protocol: 'TCP' }] },
  };
}

function postgres(image: string, password: string): object[] {
  const settings = [
    'max_connections=200',
    'shared_buffers=256MB',
    'maintenance_work_mem=128MB',
    'max_wal_size=2GB',
    'wal_level=replica',
    'jit=off',
    'shared_preload_libraries=pg_prewarm',
  ];
  const env = {
    POSTGRES_USER: 'marquee',
    POSTGRES_DB: 'marquee',
    POSTGRES_PASSWORD: password,
    POSTGRES_INITDB_ARGS: '--locale-provider=builtin --locale=C.UTF-8 --encoding=UTF8',
  };
  return [
    service('postgres', 5432),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'postgres' },
      spec: {
        serviceName: 'postgres',
        replicas: 1,
        selector: { matchLabels: labels('postgres') },
        template: {
          metadata: { labels: labels('postgres') },
          spec: {
            containers: [
              {
                name: 'postgres',
                image,
                args: ['postgres', ...settings.flatMap((setting) => ['-c', setting])],
                env: Object.entries(env).map(([name, value]) => ({ name, value })),
                // without a request, it gets what all others leave of a busy processor
                resources: { requests: { cpu: '500m', memory: '512Mi' } },
                readinessProbe: {
                  exec: { command: ['pg_isready', '-h', '127.0.0.1', '-U', 'marquee'] },
                  periodSeconds: 2,
                  timeoutSeconds: 5,
                },
                volumeMounts: [
                  { name: 'data', mountPath: '/var/lib/postgresql' },
                  { name: 'memory', mountPath: '/dev/shm' },
                ],
              },
            ],
            volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
          },
        ],
      },
    },
  ];
}

/** Serves the folder that the link /data/now leads to: at first day 0. */
function origin(image: string): object[] {
  const sample = 'node libs/sample/dist/main.js';
  const make = [0, 1].map(
    (day) => `${sample} generate --out /data/${day} --titles ${TITLES} --day ${day}`,
  );
  const serve = `exec ${sample} serve --folder /data/now --port 8088 --host 0.0.0.0`;
  return [
    service('origin', 8088),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'origin' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels('origin') },
        template: {
          metadata: { labels: labels('origin') },
          spec: {
            containers: [
              {
                name: 'origin',
                image,
                command: ['sh', '-c', [...make, 'ln -sfn /data/0 /data/now', serve].join(' && ')],
                readinessProbe: { tcpSocket: { port: 8088 }, periodSeconds: 2 },
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
            securityContext: { fsGroup: 1000 },
            volumes: [{ name: 'data', emptyDir: {} }],
          },
        },
      },
    },
  ];
}
