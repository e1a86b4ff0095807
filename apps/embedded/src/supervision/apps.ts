import { join } from 'node:path';
import { roleUrl } from '@marquee/postgres';
import { probeUrl, type Config } from '../config.ts';
import { ownSettings, readSettingNames } from './app-settings.ts';
import type { ChildSpec } from './child.ts';
import type { Addresses } from './supervisor.ts';

/**
 * The stack's own processes, in the order in which data passes through them. Containers run the
 * same programs.
 */
export const APPS = ['downloader', 'loader', 'extractor', 'aggregator', 'api'] as const;
export type App = (typeof APPS)[number];

/**
 * How to start the apps on this machine, each with its own settings only.
 *
 * @throws UserError if the apps are not built
 */
export async function appChildren(
  config: Config,
  { adminUrl, apiPort }: Pick<Addresses, 'adminUrl' | 'apiPort'>,
  apps: readonly App[] = APPS,
): Promise<ChildSpec[]> {
  const names = await readSettingNames(config.root, apps);
  const env = {
    ...config.env,
    SNAPSHOT_DIR: config.paths.snapshots,
    BACKUP_DIR: config.backupDir,
    SOURCES_DIR: config.sourcesDir,
    DATASETS_URL: config.datasetsUrl,
    API_HOST: config.apiHost,
    API_PORT: String(apiPort),
    GRPC_PORT: String(config.grpcPort),
    LOG_LEVEL: config.logLevel,
    READER_DATABASE_URL: roleUrl(adminUrl, 'reader'),
  };
  return apps.map((name) => ({
    name,
    args: [join(config.root, 'apps', name, 'dist', 'main.js')],
    cwd: config.root,
    env: ownSettings(
      { ...env, DATABASE_URL: roleUrl(adminUrl, name), QUEUE_URL: roleUrl(adminUrl, name) },
      names.get(name) ?? [],
    ),
    readyWhen: 'ready',
    // liveness, not readiness: readiness waits for the loader, which may not run, or may build
    // derived tables for minutes
    ...(name === 'api' && { healthUrl: `${probeUrl(config, apiPort)}/health/live` }),
  }));
}
