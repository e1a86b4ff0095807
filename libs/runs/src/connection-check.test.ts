import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionWarning } from './connection-check.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ONE_EACH = { api: 1, downloader: 1, loader: 1, extractor: 1, aggregator: 1 };
const REDIS = 'redis://localhost';
const POSTGRES = 'postgres://localhost';
const reserved = 3;

describe('the connections of all processes', () => {
  it('fit into the PostgreSQL of the embedded stack, whose queue is there, and of Docker', () => {
    const allowed = (path: string) =>
      Number(/max_connections\s*[:=]\s*(\d+)/u.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1]);
    const embedded = allowed('libs/postgres/src/server/settings.ts');
    expect(connectionWarning(ONE_EACH, { most: embedded, reserved }, POSTGRES)).toBeNull();
    const docker = allowed('docker/postgresql.conf');
    const more = { ...ONE_EACH, api: 2, loader: 2 };
    expect(connectionWarning(more, { most: docker, reserved }, REDIS)).toBeNull();
  });

  it('that do not fit are told, with the number to set', () => {
    const limits = { most: 100, reserved };
    const warning = String(connectionWarning({ ...ONE_EACH, api: 2, loader: 4 }, limits, REDIS));
    expect(warning).toContain('can take 288 connections to PostgreSQL at once (2 × api, 1 × down');
    expect(warning).toContain('it allows 97. ');
    expect(warning).toContain('Set max_connections of PostgreSQL to 291 or more');
    expect(
      connectionWarning({ ...ONE_EACH, api: 2, loader: 4 }, { most: 291, reserved }, REDIS),
    ).toBeNull();
  });

  it('count each kind once that does not run yet', () => {
    const none = { api: 0, downloader: 0, loader: 0, extractor: 0, aggregator: 0 };
    const limits = { most: 10, reserved };
    expect(connectionWarning(none, limits, POSTGRES)).toEqual(
      connectionWarning(ONE_EACH, limits, POSTGRES),
    );
  });
});
