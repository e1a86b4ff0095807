import { NameBasicEntity } from '@marquee/catalogue';
import { NameBasic, NamePage, NamePath, NameQuery, Problem } from '@marquee/contract';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { ArrayContains, MoreThan, type FindOptionsWhere, type Repository } from 'typeorm';
import { pageOf } from '../page.ts';
import { notFound } from '../problems/problem-exception.ts';
import { range } from '../range.ts';

@ApiTags('names')
@ApiResponse({ status: 400, description: 'The input is not right', standardSchema: Problem })
@Controller('names')
export class NamesController {
  readonly #names: Repository<NameBasic>;

  constructor(@InjectRepository(NameBasicEntity) names: Repository<NameBasic>) {
    this.#names = names;
  }

  @Get()
  @ApiOperation({ operationId: 'findNames', summary: 'People by exact name, profession and birth year, in the order of their ids' })
  @ApiOkResponse({ description: 'A page of names', standardSchema: NamePage })
  async find(@Query({ schema: NameQuery }) query: NameQuery): Promise<NamePage> {
    const { limit, after, primaryName, profession, birthYearFrom, birthYearTo } = query;
    const where: FindOptionsWhere<NameBasic> = {
      ...(after === undefined ? {} : { nconst: MoreThan(after) }),
      ...(primaryName === undefined ? {} : { primaryName }),
      ...(profession === undefined ? {} : { primaryProfession: ArrayContains([profession]) }),
      ...range('birthYear', birthYearFrom, birthYearTo),
    };
    return pageOf(await this.#names.find({ where, order: { nconst: 'asc' }, take: limit + 1 }), limit, ({ nconst }) => nconst);
  }

  @Get(':nconst')
  @ApiOperation({ operationId: 'getName', summary: 'One name' })
  @ApiOkResponse({ description: 'The name', standardSchema: NameBasic })
  @ApiResponse({ status: 404, description: 'No name has this id', standardSchema: Problem })
  async get(@Param({ schema: NamePath }) { nconst }: NamePath): Promise<NameBasic> {
    const name = await this.#names.findOneBy({ nconst });
    if (name === null) throw notFound('name', nconst, 'GET /published tells whether anything is published yet.');
    return name;
  }
}
