import { readConfigOrExit } from '@marquee/process';
import { probe } from '@marquee/process/probe';
import { ApiConfig } from './config.ts';

/** Asks the API of this container whether it lives, for the health check of the container. */
const { API_PORT, TLS_CERT_FILE } = await readConfigOrExit(
  ApiConfig.pick({ API_PORT: true, TLS_CERT_FILE: true }),
  process.env,
);
const scheme = TLS_CERT_FILE === undefined ? 'http' : 'https';
const { status } = await probe(`${scheme}://127.0.0.1:${API_PORT}/health/live`, 5000);
process.exitCode = status === 200 ? 0 : 1;
