export { ConfigError, count, heartbeatFile, logLevel, port, readConfig, url } from './config.ts';
export { databaseUrl, foldHosts, hostUrls, queueUrl } from './database-url.ts';
export {
  BAD_CONFIG,
  CHECK_CONFIG,
  readConfigOrExit,
  runProcess,
  type ProcessReport,
} from './lifecycle.ts';
export { isLocked, takeLock, type Lock } from './lock.ts';
export { createLog, type Logger } from './log.ts';
export { freePort, isFree, portTaken, tryListening } from './port.ts';
export { lowerPriority } from './priority.ts';
export { repeat } from './repeat.ts';
export { quoted } from './shell.ts';
export { UserError, type UserErrorOptions } from './user-error.ts';
