/**
 * `first`: the first load into an empty database; `full`: a full load over what is published;
 * `refresh`: its changes.
 */
export type RunKind = 'first' | 'full' | 'refresh';
