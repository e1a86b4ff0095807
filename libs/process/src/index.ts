export { ConfigError, count, heartbeatFile, logLevel, port, readConfig, url } from './config.ts';
export { databaseUrl, queueUrl } from './connection-url.ts';
export { foldHosts, hostUrls } from './host-urls.ts';
export {
  BAD_CONFIG,
  CHECK_CONFIG,
  readConfigOrExit,
  runProcess,
  type ProcessReport,
} from './lifecycle.ts';
export { isLocked, takeLock, type Lock } from './lock.ts';
export { createLog, type Logger } from './log.ts';
export { logFields, sessionName, withLogFields, type LogFields } from './log-context.ts';
export { freePort, isFree, portTaken, tryListening } from './port.ts';
export { lowerPriority } from './priority.ts';
export { repeat } from './repeat.ts';
export { currentSecret, faultOfFile, readSecretFile, secret, secretNames } from './secret.ts';
export { quoted } from './shell.ts';
export { AFTER_HANDSHAKE, tlsHint } from './tls-hint.ts';
export { runCommand, UserError, type UserErrorOptions } from './user-error.ts';
