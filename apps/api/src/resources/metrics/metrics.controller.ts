import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Metrics } from '../../http/observability/metrics.ts';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('health')
@Access({ read: 'operator', monitoring: true })
@Controller('metrics')
export class MetricsController {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus: requests, connections, queue, runs and the age of the data',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: "Prometheus' text format", schema: { type: 'string' } })
  async get(): Promise<string> {
    return this.#metrics.read();
  }
}
