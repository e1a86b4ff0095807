/**
 * `first`: first load into an empty database; `full`: full load over published data; `refresh`:
 * only the changes.
 */
export const RUN_KINDS = ['first', 'full', 'refresh'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** Value of `force` that makes an update a run of this kind. */
export function forceOf(kind: RunKind): true | 'full' {
  return kind === 'full' ? 'full' : true;
}
