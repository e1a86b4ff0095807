export { generateSample, type SampleOptions, type SampleProgress } from './generate.ts';
export { serveSample, type SampleServer, type SampleServerOptions } from './server.ts';
export type { SampleWorld } from './world.ts';
