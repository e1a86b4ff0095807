/**
 * `first`: the first load into an empty database; `full`: a full load over what is published;
 * `refresh`: its changes.
 */
export const RUN_KINDS = ['first', 'full', 'refresh'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** With what force an update is asked for, to be a run of this kind. */
export function forceOf(kind: RunKind): true | 'full' {
  return kind === 'full' ? 'full' : true;
}
