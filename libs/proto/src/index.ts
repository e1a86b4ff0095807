export * from './generated/marquee/v1/data_provider_pb.ts';
export * from './generated/marquee/v1/movie_pb.ts';
export * from './generated/marquee/v1/movie_query_pb.ts';
export * from './generated/marquee/v1/problem_pb.ts';
export {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from './generated/grpc/health/v1/health_pb.ts';
export {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from './generated/grpc/reflection/v1/reflection_pb.ts';
export { ServerReflection as ServerReflectionV1Alpha } from './generated/grpc/reflection/v1alpha/reflection_pb.ts';
