import { proxiesOf } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import type { Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ApiConfig } from './config.ts';
import { PublishedWatch } from './database/published-watch.ts';
import { AuditLog } from './http/audit/audit-log.ts';
import { ApiKeys } from './http/auth/api-keys.ts';
import type { Exposure } from './http/auth/exposure.ts';
import { IdentityProvider } from './http/auth/identity-provider.ts';
import { oidcSettingsOf } from './http/auth/oidc-settings.ts';
import { PersonSessions } from './http/auth/person-sessions.ts';
import { Sessions } from './http/auth/sessions.ts';
import { SignIn } from './http/auth/sign-in.ts';
import { SignInCookies } from './http/auth/sign-in-cookies.ts';
import { RateLimits } from './http/rate-limits/rate-limits.ts';

/** What the access to the API is built from. */
interface AccessParts {
  readonly config: ApiConfig;
  readonly exposure: Exposure;
  readonly log: Logger;
}

/** Keys, sessions, rate limits and the audit log. */
export function accessProviders(parts: AccessParts): Provider[] {
  const { config, exposure, log } = parts;
  return [
    signInProvider(parts),
    {
      provide: ApiKeys,
      inject: [DataSource, PublishedWatch],
      useFactory: (dataSource: DataSource, watch: PublishedWatch) =>
        new ApiKeys(dataSource, watch, config.API_ADMIN_KEY),
    },
    {
      provide: Sessions,
      inject: [DataSource, PublishedWatch, ApiKeys],
      useFactory: (dataSource: DataSource, watch: PublishedWatch, keys: ApiKeys) =>
        new Sessions(dataSource, watch, keys, exposure),
    },
    {
      provide: RateLimits,
      useFactory: () =>
        new RateLimits(exposure, config.QUEUE_URL, (error) =>
          log.warn({ err: error }, 'lost the connection to Redis: requests are counted in memory'),
        ),
    },
    {
      provide: AuditLog,
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => new AuditLog(dataSource),
    },
  ];
}

/** The sign-in of browsers, with an identity provider if the settings name one. */
function signInProvider({ config, exposure, log }: AccessParts): Provider {
  return {
    provide: SignIn,
    inject: [DataSource, PublishedWatch, Sessions],
    useFactory: (dataSource: DataSource, watch: PublishedWatch, sessions: Sessions) => {
      const settings = oidcSettingsOf(config, exposure);
      if (settings === null) return new SignIn(null, sessions, log);
      const onError = (error: unknown) =>
        log.warn({ err: error }, 'failed to record the use of a session');
      return new SignIn(
        {
          provider: new IdentityProvider(settings, proxiesOf(config), log),
          persons: new PersonSessions(dataSource, watch, settings, onError),
          cookies: new SignInCookies(settings.publicUrl),
        },
        sessions,
        log,
      );
    },
  };
}
