import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AggregatorConfig } from '@marquee/aggregator';
import { ApiConfig } from '@marquee/api';
import { DownloaderConfig } from '@marquee/downloader';
import { ExtractorConfig } from '@marquee/extractor';
import { LoaderConfig } from '@marquee/loader';
import { lacks } from '@marquee/process/testing';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'deploy/helm/marquee');
const withHelm = { skip: lacks('helm') };

const SCHEMAS = {
  api: ApiConfig,
  downloader: DownloaderConfig,
  loader: LoaderConfig,
  extractor: ExtractorConfig,
  aggregator: AggregatorConfig,
};
type Service = keyof typeof SCHEMAS;
const SERVICES = Object.keys(SCHEMAS) as Service[];

/** That a container is published elsewhere. */
const NOT_BY_CHART = ['API_PUBLISHED_ON'];

/** Settings that the chart itself sets, from other values or the secret. */
const BY_CHART = new Set([
  ...['DATABASE_URL', 'READER_DATABASE_URL', 'QUEUE_URL', 'API_ADMIN_KEY', 'SNAPSHOT_DIR'],
  ...['SOURCES_DIR', 'PROVIDERS_FILE', 'HEARTBEAT_FILE', 'API_HOST', 'API_PORT', 'GRPC_PORT'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'DRAIN_SECONDS'],
  ...['OIDC_CLIENT_SECRET', 'DATABASE_READ_URLS', 'BACKUP_DIR', 'TLS_CERT_FILE', 'TLS_KEY_FILE'],
  'TLS_CLIENT_CA_FILE',
  ...NOT_BY_CHART,
]);

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: object;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly terminationGracePeriodSeconds: number;
}
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly template?: { readonly spec: PodSpec };
    readonly groups?: unknown;
    readonly podSelector?: object;
    readonly egress?: readonly { readonly ports?: readonly { readonly port: number }[] }[];
  };
}

/** What the values leave open. */
const NEEDED = ['image.repository=films', 'existingSecret=passwords', 'database.host=db.example'];
const CLUSTER = ['database.cluster.enabled=true'];

function helm(...args: readonly string[]): { status: number | null; stdout: string; said: string } {
  const { status, stdout, stderr } = spawnSync('helm', args, { encoding: 'utf8' });
  return { status, stdout, said: stdout + stderr };
}

function sets(values: readonly string[]): string[] {
  return values.flatMap((value) => ['--set', value]);
}

function render(values: readonly string[], ...options: readonly string[]): Resource[] {
  const all = [...NEEDED, ...values];
  const { status, stdout, said } = helm('template', 'films', CHART, ...sets(all), ...options);
  expect(status, said).toBe(0);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Resource | null)
    .filter((resource) => resource !== null);
}

function pick(resources: readonly Resource[], kind: string, component?: string): Resource {
  const found = resources.filter(
    (one) =>
      one.kind === kind &&
      (component === undefined || one.metadata.labels['app.kubernetes.io/component'] === component),
  );
  expect(found, `${kind} ${component ?? ''}`).toHaveLength(1);
  return found[0] as Resource;
}

function podOf({ spec }: Resource): PodSpec {
  if (spec?.template === undefined) throw new Error('It has no pods.');
  return spec.template.spec;
}

function envOf(resources: readonly Resource[], service: Service): Record<string, unknown> {
  const [container] = podOf(pick(resources, 'Deployment', service)).containers;
  return Object.fromEntries(container?.env?.map(({ name, ...value }) => [name, value]) ?? []);
}

describe('the settings of the chart', () => {
  it('are those of each service', async () => {
    const known = Object.fromEntries(
      SERVICES.map((service) => [
        service,
        Object.keys(SCHEMAS[service].shape)
          .filter((name) => !BY_CHART.has(name))
          .sort(),
      ]),
    );
    // npx vitest run e2e/src/chart.test.ts --update writes it
    await expect(`${JSON.stringify(known, null, 2)}\n`).toMatchFileSnapshot(
      join(CHART, 'files/settings.json'),
    );
  });

  it('reach the service that knows them, and what is set for it is what it reads', withHelm, () => {
    const resources = render([
      ...['settings.READING=open', 'settings.KEY_REQUESTS_PER_MINUTE=1000000'],
      ...['settings.MAX_REJECTS_PERCENT=0.5', 'settings.API_NAMES=films.example.org'],
      ...['sources.providersSecret=providers', 'api.tlsSecret=tls'],
      'api.clientCaSecret=clients',
      'settings.BACKUP_S3_URL=s3://bucket',
    ]);
    for (const service of SERVICES) {
      const passwords = /^(?:POSTGRES_\w+_PASSWORD|REDIS_PASSWORD|POD_IP)$/u;
      const names = Object.keys(envOf(resources, service)).filter((name) => !passwords.test(name));
      const known = Object.keys(SCHEMAS[service].shape);
      expect(known, service).toEqual(expect.arrayContaining(names));
      // each that the chart has to set, as no default suffices
      const needed = known.filter((name) => BY_CHART.has(name) && !NOT_BY_CHART.includes(name));
      expect(names, service).toEqual(expect.arrayContaining(needed));
    }
    expect(envOf(resources, 'api')).toMatchObject({
      READING: { value: 'open' },
      KEY_REQUESTS_PER_MINUTE: { value: '1000000' },
      API_NAMES: {
        value: expect.stringContaining('films.example.org,films-marquee-api,') as string,
      },
    });
    expect(envOf(resources, 'loader')).toMatchObject({ MAX_REJECTS_PERCENT: { value: '0.5' } });
    expect(envOf(resources, 'aggregator')).not.toHaveProperty('READING');
  });
});

/** The values that people can set, with their defaults; empty if there is none. */
function defaultsOf(values: object, path = ''): [string, string][] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    const name = `${path}${key}`.replace(
      /^(?:api|downloader|loader|extractor|aggregator)\.(podAnnotations|nodeSelector|tolerations|affinity)$/u,
      'SERVICE.$1',
    );
    if (key === 'resources') return [];
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return [[name, String(value)] as [string, string]];
    const inner = defaultsOf(value, `${path}${key}.`);
    return inner.length === 0 ? [[name, ''] as [string, string]] : inner;
  });
}

it('docs/kubernetes.md has all values of the chart, with their defaults', () => {
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
  const page = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
  const [table = ''] = /^\| value \|[^]*?\n\n/mu.exec(page) ?? [];
  const words = (cell = '') => [...cell.matchAll(/`([^`]*)`/gu)].map(([, word = '']) => word);
  const documented = table.split('\n').flatMap((row) => {
    const [, names, defaults] = row.split('|');
    return words(names).map((name, i): [string, string] => [name, words(defaults)[i] ?? '']);
  });
  expect(documented.sort()).toEqual(Object.entries(Object.fromEntries(defaultsOf(values))).sort());
});

describe('the chart', () => {
  it('passes the linter, strictly', withHelm, () => {
    for (const version of ['1.20.0', '1.35.0']) {
      const args = ['lint', '--strict', '--kube-version', version, CHART, ...sets(NEEDED)];
      const { status, said } = helm(...args);
      expect(status, said).toBe(0);
    }
  });

  it('has the version of the package', () => {
    const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(parse(read('deploy/helm/marquee/Chart.yaml'))).toMatchObject({
      version,
      appVersion: version,
    });
  });

  it('uses the APIs of the Kubernetes that it meets', withHelm, () => {
    const values = ['api.autoscaling.enabled=true'];
    const versions = (kubernetes: string) => {
      const resources = render(values, '--kube-version', kubernetes);
      return ['PodDisruptionBudget', 'HorizontalPodAutoscaler'].map(
        (kind) => pick(resources, kind).apiVersion,
      );
    };
    expect(versions('1.20.2')).toEqual(['policy/v1beta1', 'autoscaling/v2beta2']);
    expect(versions('1.35.0')).toEqual(['policy/v1', 'autoscaling/v2']);
  });

  it('refuses values that it does not know, or cannot do without', withHelm, () => {
    const fault = (...values: string[]) => {
      const { status, said } = helm('template', 'films', CHART, ...sets(values));
      expect(status).not.toBe(0);
      return said;
    };
    expect(fault(...NEEDED, 'api.replica=3')).toMatch(/replica/u);
    expect(fault(...NEEDED, 'settings.READNIG=open')).toMatch(
      /settings\.READNIG is not a setting/u,
    );
    expect(fault()).toMatch(/image\.repository is required|existingSecret is required/u);
    expect(fault(...NEEDED, ...CLUSTER)).toMatch(/needs the operator CloudNativePG/u);
    expect(fault(...NEEDED, 'api.clientCaSecret=clients')).toMatch(/needs api\.tlsSecret/u);
    expect(fault(...NEEDED, 'gateway.enabled=true')).toMatch(/needs the Gateway API/u);
  });

  it('has pods that the profile restricted of Pod Security allows', withHelm, () => {
    const workloads = render([]).filter(({ spec }) => spec?.template !== undefined);
    // five services, Redis, and the set-up
    expect(workloads).toHaveLength(7);
    for (const workload of workloads) {
      const pod = podOf(workload);
      expect(pod, workload.metadata.name).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext } of pod.containers)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it('refers to the secret, and has none of its values', withHelm, () => {
    const resources = render(['redis.enabled=true']);
    expect(resources.map(({ kind }) => kind)).not.toContain('Secret');
    expect(envOf(resources, 'api')).toMatchObject({
      POSTGRES_API_PASSWORD: {
        valueFrom: { secretKeyRef: { name: 'passwords', key: 'POSTGRES_API_PASSWORD' } },
      },
      DATABASE_URL: {
        value: 'postgres://marquee_api:$(POSTGRES_API_PASSWORD)@db.example:5432/marquee',
      },
      QUEUE_URL: { value: 'redis://:$(REDIS_PASSWORD)@films-marquee-redis:6379' },
    });
    expect(envOf(render(['redis.enabled=false']), 'loader')).toMatchObject({
      QUEUE_URL: { valueFrom: { secretKeyRef: { key: 'QUEUE_URL' } } },
    });
  });

  it('changes passwords by the second login of each role', withHelm, () => {
    const resources = render(['database.secondLogins=true']);
    expect(envOf(resources, 'loader')).toMatchObject({
      POSTGRES_LOADER_PASSWORD: {
        valueFrom: { secretKeyRef: { key: 'POSTGRES_LOADER_2_PASSWORD' } },
      },
      DATABASE_URL: {
        value: 'postgres://marquee_loader_2:$(POSTGRES_LOADER_PASSWORD)@db.example:5432/marquee',
      },
    });
    // those in use are required, the others may be missing
    const refOf = (values: readonly string[], name: string) =>
      podOf(pick(render(values), 'Job')).containers[0]?.env?.find((one) => one.name === name);
    for (const [values, used, unused] of [
      [[], 'READER_PASSWORD', 'READER_2_PASSWORD'],
      [['database.secondLogins=true'], 'READER_2_PASSWORD', 'READER_PASSWORD'],
    ] as const) {
      const key = (name: string) => ({ name: 'passwords', key: `POSTGRES_${name}` });
      expect(refOf(values, used)).toEqual({
        name: used,
        valueFrom: { secretKeyRef: key(used) },
      });
      expect(refOf(values, unused)).toEqual({
        name: unused,
        valueFrom: { secretKeyRef: { ...key(unused), optional: true } },
      });
    }
  });

  it(
    'has the same variables whatever is switched, as an upgrade adds new ones at the end',
    withHelm,
    () => {
      const namesOf = (...values: string[]) => {
        const resources = render(values);
        return SERVICES.map((service) => Object.keys(envOf(resources, service)));
      };
      const usual = namesOf();
      for (const value of ['database.secondLogins=true', 'redis.enabled=false'])
        expect(namesOf(value), value).toEqual(usual);
    },
  );

  it('sets up the database before each rollout', withHelm, () => {
    const hookOf = (...args: Parameters<typeof render>) =>
      pick(render(...args), 'Job').metadata.annotations?.['helm.sh/hook'];
    expect(hookOf([])).toBe('pre-install,pre-upgrade');
    // before its first installation, a database of the release is not there
    const api = ['--api-versions', 'postgresql.cnpg.io/v1'] as const;
    expect(hookOf(CLUSTER, ...api)).toBeUndefined();
    expect(hookOf(CLUSTER, ...api, '--is-upgrade')).toBe('pre-install,pre-upgrade');
  });

  it('gives a pod the time to drain', withHelm, () => {
    const resources = render(['api.drainSeconds=40']);
    expect(envOf(resources, 'api')).toMatchObject({ DRAIN_SECONDS: { value: '40' } });
    const { terminationGracePeriodSeconds } = podOf(pick(resources, 'Deployment', 'api'));
    // draining, and the grace of runProcess
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(40 + 20);
  });

  it('denies what a service does not need', withHelm, () => {
    const policies = render([]).filter(({ kind }) => kind === 'NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata.name === 'films-marquee-deny');
    expect(deny?.spec).toEqual({
      podSelector: {
        matchLabels: {
          'app.kubernetes.io/name': 'marquee',
          'app.kubernetes.io/instance': 'films',
        },
      },
      policyTypes: ['Ingress', 'Egress'],
    });
    const portsOf = (component: string) =>
      pick(policies, 'NetworkPolicy', component).spec?.egress?.map(
        ({ ports }) => ports?.[0]?.port ?? 'internet',
      );
    expect(portsOf('api')).toEqual([5432, 6379, 'internet']);
    expect(portsOf('downloader')).toEqual([6379, 'internet']);
    expect(portsOf('aggregator')).toEqual([5432, 6379]);
    expect(portsOf('set-up')).toEqual([5432]);
    expect(portsOf('redis')).toBeUndefined();
  });

  it('has the rules of deploy/prometheus', withHelm, () => {
    const resources = render(
      ['monitoring.enabled=true'],
      '--api-versions',
      'monitoring.coreos.com/v1',
    );
    const rules = parse(
      readFileSync(join(ROOT, 'deploy/prometheus/marquee.rules.yml'), 'utf8'),
    ) as { groups: unknown };
    expect(pick(resources, 'PrometheusRule').spec?.groups).toEqual(rules.groups);
    expect(pick(resources, 'ServiceMonitor').spec).toMatchObject({
      jobLabel: 'app.kubernetes.io/name',
    });
  });

  it('serves names by ingress, or by a gateway', withHelm, () => {
    const host = 'films.example.org';
    const ingress = pick(
      render(['ingress.enabled=true', `ingress.hosts={${host}}`, 'ingress.tlsSecret=tls']),
      'Ingress',
    );
    expect(ingress.spec).toMatchObject({
      tls: [{ secretName: 'tls', hosts: [host] }],
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix' }] } }],
    });
    const gateway = render(
      [
        ...['gateway.enabled=true', 'gateway.className=any', 'gateway.tlsSecret=tls'],
        ...[`gateway.hosts={${host}}`, 'gateway.grpcHosts={grpc.example.org}'],
      ],
      ...['--api-versions', 'gateway.networking.k8s.io/v1'],
    );
    expect(pick(gateway, 'Gateway').spec).toMatchObject({
      listeners: [{ hostname: host }, { hostname: 'grpc.example.org' }],
    });
    expect(pick(gateway, 'HTTPRoute').spec).toMatchObject({ hostnames: [host] });
    expect(pick(gateway, 'GRPCRoute').spec).toMatchObject({ hostnames: ['grpc.example.org'] });
  });
});
