export { ApiClient, type ApiClientOptions, type ApiHints } from './api-client.ts';
export {
  ApiError,
  ApiProblemError,
  ApiUnreachableError,
  InvalidKeyError,
  UnexpectedAnswerError,
} from './errors.ts';
export {
  CERTIFICATE_HINT,
  readClientCertificate,
  readOwnServer,
  type ClientCertificate,
  type OwnServer,
} from './tls.ts';
