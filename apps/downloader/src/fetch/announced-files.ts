import type { Proxies } from '@marquee/network/proxies';
import { RunFault } from '@marquee/runs';
import type { AwsCredentialProvider } from '@marquee/snapshots';
import type { AnnouncedObject, Providers } from '@marquee/snapshots/providers';

/** A download of the largest file over a slow line takes less. */
const VALID_SECONDS = 12 * 3600;

/**
 * The files that providers have announced, as URLs that are fetched and verified like those of
 * IMDb: signed by the credentials of the provider, and good for one download.
 */
export class AnnouncedFiles {
  readonly #providers: Providers;
  readonly #proxies: Proxies;
  readonly #credentials: AwsCredentialProvider | undefined;

  /** @param credentials for buckets that have none of their own */
  constructor(
    providers: Providers,
    proxies: Proxies,
    credentials: AwsCredentialProvider | undefined,
  ) {
    this.#providers = providers;
    this.#proxies = proxies;
    this.#credentials = credentials;
  }

  /** The URL of an announced object. @throws RunFault without the provider; StoreError */
  async urlOf({ provider: id, key, version }: AnnouncedObject): Promise<string> {
    const provider = this.#providers.providers.find((one) => one.id === id);
    if (provider?.s3 === undefined)
      throw new RunFault({
        code: 'no-provider',
        message: `The provider ${id}, who has announced ${key}, is not in PROVIDERS_FILE of the downloader.`,
        hint: 'Give the downloader the same file as the extractor, and retry the announcement.',
      });
    // lazily: the SDK takes 36 MB of memory
    const { openProviderBucket } = await import('@marquee/snapshots/provider-bucket');
    const bucket = openProviderBucket(provider.s3, this.#proxies, this.#credentials);
    try {
      return await bucket.presign(key, version ?? undefined, VALID_SECONDS);
    } finally {
      bucket.client.destroy();
    }
  }
}
