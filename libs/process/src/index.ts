export { ConfigError, count, port, readConfig, url } from './config.ts';
export { runProcess } from './lifecycle.ts';
export { createLog, type Logger } from './log.ts';
