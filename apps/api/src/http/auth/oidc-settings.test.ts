import { ConfigError } from '@marquee/process';
import { describe, expect, it } from 'vitest';
import { ApiConfig } from '../../config.ts';
import { exposureOf } from './exposure.ts';
import { oidcSettingsOf, roleOf, valuesOf } from './oidc-settings.ts';

const REQUIRED = {
  DATABASE_URL: 'postgres://localhost/db',
  QUEUE_URL: 'postgres://localhost/db',
  SNAPSHOT_DIR: '/tmp',
};
const OIDC = {
  OIDC_ISSUER: 'https://id.example.org/realms/films',
  OIDC_CLIENT_ID: 'marquee',
  OIDC_ROLES: 'film-crew=operator, CN=films,OU=groups,DC=example=admin,*=reader',
};

function settingsOf(env: Record<string, string | undefined>) {
  const config = ApiConfig.parse({ ...REQUIRED, ...env });
  return oidcSettingsOf(config, exposureOf(config));
}

describe('the settings of the sign-in', () => {
  it('are those of the environment, and the address of the site follows from others', () => {
    expect(settingsOf({})).toBeNull();
    const local = settingsOf({ ...OIDC, API_PORT: '3100' });
    expect(local).toMatchObject({
      issuer: OIDC.OIDC_ISSUER,
      clientSecret: null,
      name: 'id.example.org',
      scopes: 'openid profile',
      sessionHours: 12,
      idleMinutes: 120,
      publicUrl: new URL('http://localhost:3100'),
    });
    expect([...(local?.roles ?? [])]).toEqual([
      ['film-crew', 'operator'],
      ['CN=films,OU=groups,DC=example', 'admin'],
      ['*', 'reader'],
    ]);
    expect(settingsOf({ ...OIDC, API_NAMES: 'films.example.org,b.example' })?.publicUrl.href).toBe(
      'https://films.example.org/',
    );
  });

  it.each([
    ['OIDC_CLIENT_ID', { OIDC_CLIENT_ID: undefined }],
    ['OIDC_ROLES', { OIDC_ROLES: undefined }],
    ['https', { OIDC_ISSUER: 'http://id.example.org' }],
    ['PUBLIC_URL', { API_HOST: '0.0.0.0' }],
    ['https', { API_HOST: '0.0.0.0', PUBLIC_URL: 'http://films.example.org' }],
    ['API_NAMES', { API_NAMES: 'a.example', PUBLIC_URL: 'https://b.example' }],
    ['API_NAMES', { PUBLIC_URL: 'https://films.example.org' }],
  ])('are refused without %s: %o', (name, env) => {
    const read = () => settingsOf({ ...OIDC, ...env });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(name);
  });

  it.each(['film-crew', 'film-crew=boss', '=admin', 'a=reader,,b=admin'])(
    'have no roles such as %j',
    (OIDC_ROLES) => {
      expect(ApiConfig.safeParse({ ...REQUIRED, ...OIDC, OIDC_ROLES }).success).toBe(false);
    },
  );
});

describe('a role', () => {
  const roles = new Map([
    ['crew', 'operator'],
    ['boss', 'admin'],
  ] as const);

  it('is the highest of the values of a claim, and that of * for all', () => {
    expect(roleOf(['crew', 'boss', 'other'], roles)).toBe('admin');
    expect(roleOf(['other'], roles)).toBeNull();
    expect(roleOf([], new Map([['*', 'reader']]))).toBe('reader');
  });

  it('is of a claim by its name or path, of texts alone', () => {
    const claims = {
      groups: ['crew', 1, null],
      role: 'boss',
      'https://example.org/roles': ['crew'],
      realm_access: { roles: ['boss'] },
    };
    expect(valuesOf(claims, 'groups')).toEqual(['crew']);
    expect(valuesOf(claims, 'role')).toEqual(['boss']);
    expect(valuesOf(claims, 'https://example.org/roles')).toEqual(['crew']);
    expect(valuesOf(claims, 'realm_access.roles')).toEqual(['boss']);
    for (const path of ['none', 'groups.length', 'constructor.name', 'role.length'])
      expect(valuesOf(claims, path)).toEqual([]);
  });
});
