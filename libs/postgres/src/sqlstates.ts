/**
 * The SQLSTATEs that we tell apart, by PostgreSQL's own names for them. The whole list:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const SQLSTATE = {
  connectionException: '08000',
  cannotConnect: '08001',
  connectionDoesNotExist: '08003',
  connectionFailure: '08006',
  uniqueViolation: '23505',
  idleInTransactionSessionTimeout: '25P03',
  transactionTimeout: '25P04',
  dependentObjectsStillExist: '2BP01',
  externalRoutineException: '38000',
  invalidSchemaName: '3F000',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  insufficientPrivilege: '42501',
  undefinedColumn: '42703',
  undefinedFunction: '42883',
  undefinedTable: '42P01',
  outOfMemory: '53200',
  tooManyConnections: '53300',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  idleSessionTimeout: '57P05',
} as const;
