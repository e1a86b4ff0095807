export { demoPaths, demoSample, demoSubdir, isDemoDir } from './demo-dir.ts';
export { makeCommand, makeEnvironment } from './make-command.ts';
export { dataPaths, type DataPaths, type Environment, type StackPaths } from './paths.ts';
export { openPsql, SEARCH_PATH } from './psql.ts';
export {
  isSetting,
  knownSettings,
  loadSettings,
  settingsFile,
  unknownNames,
  unknownSettings,
} from './settings.ts';
export {
  readState,
  StateFile,
  type ProcessState,
  type ProcessStatus,
  type StackState,
} from './state.ts';
