import { RECONCILE_BATCH_SIZE, type ReconcileManifest, type SuggestKind } from '@marquee/contract';
import type { FastifyRequest } from 'fastify';
import { DEFAULT_TYPES } from './types.ts';

/** The size of a preview in pixels. */
const PREVIEW = { width: 430, height: 200 };

/**
 * What the service offers, with addresses of this server as its client calls it. A key in the
 * parameter `key` becomes part of them: clients such as OpenRefine send no headers.
 */
export function manifestOf(
  { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>,
  key: string | undefined,
): ReconcileManifest {
  const base = `${protocol}://${host}`;
  const service_url = `${base}/reconcile`;
  const secret = key === undefined ? '' : `key=${encodeURIComponent(key)}`;
  const ofEntity = (page: string) => `${service_url}/${page}?id={{id}}${secret && `&${secret}`}`;
  const suggest = (kind: SuggestKind) => ({
    service_url,
    service_path: `/suggest/${kind}${secret && `?${secret}`}`,
    flyout_service_url: service_url,
    flyout_service_path: `/flyout/${kind}?id=\${id}${secret && `&${secret}`}`,
  });
  return {
    versions: ['0.1', '0.2'],
    name: 'marquee: films, series and people',
    identifierSpace: 'https://www.imdb.com/',
    schemaSpace: 'https://schema.org/Thing',
    documentation: `${base}/docs`,
    serviceVersion: '0.1.0',
    batchSize: RECONCILE_BATCH_SIZE,
    defaultTypes: [...DEFAULT_TYPES],
    view: { url: ofEntity('view') },
    preview: { url: ofEntity('preview'), ...PREVIEW },
    suggest: { entity: suggest('entity'), type: suggest('type'), property: suggest('property') },
    extend: {
      propose_properties: { service_url, service_path: `/properties${secret && `?${secret}`}` },
      property_settings: [],
    },
  };
}
