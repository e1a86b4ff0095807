/**
 * The settings of every connection of ours. They override those of the role and the database: our
 * SQL names every schema.
 */
export const SESSION =
  '-c search_path=pg_catalog,public -c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex';
