/**
 * What every connection of ours starts with, whatever a role or database has been set to by its
 * owner: our SQL names every schema.
 */
export const SESSION =
  '-c search_path=pg_catalog,public -c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex';
