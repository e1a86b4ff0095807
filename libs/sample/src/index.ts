export { generateSample, type SampleOptions, type SampleProgress } from './generate.ts';
export { DEFAULT_ORDER, isLineOrder, LINE_ORDERS, type LineOrder } from './line-order.ts';
export { serveSample, type SampleServer, type SampleServerOptions } from './server.ts';
export { generateSources, type SourcesOptions } from './sources/generate-sources.ts';
export type { SampleWorld } from './world.ts';
