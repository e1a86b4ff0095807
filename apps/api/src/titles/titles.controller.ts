import { TitleBasicEntity } from '@marquee/catalogue';
import { Problem, TitleBasic, TitlePage, TitlePath, TitleQuery } from '@marquee/contract';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { ArrayContains, MoreThan, type FindOptionsWhere, type Repository } from 'typeorm';
import { pageOf } from '../page.ts';
import { notFound } from '../problems/problem-exception.ts';
import { range } from '../range.ts';

@ApiTags('titles')
@ApiResponse({ status: 400, description: 'The input is not right', standardSchema: Problem })
@Controller('titles')
export class TitlesController {
  readonly #titles: Repository<TitleBasic>;

  constructor(@InjectRepository(TitleBasicEntity) titles: Repository<TitleBasic>) {
    this.#titles = titles;
  }

  @Get()
  @ApiOperation({ operationId: 'findTitles', summary: 'Titles by type, genre, year and exact title, in the order of their ids' })
  @ApiOkResponse({ description: 'A page of titles', standardSchema: TitlePage })
  async find(@Query({ schema: TitleQuery }) query: TitleQuery): Promise<TitlePage> {
    const { limit, after, genre, startYearFrom, startYearTo, titleType, primaryTitle, isAdult } = query;
    const where: FindOptionsWhere<TitleBasic> = {
      ...(after === undefined ? {} : { tconst: MoreThan(after) }),
      ...(titleType === undefined ? {} : { titleType }),
      ...(primaryTitle === undefined ? {} : { primaryTitle }),
      ...(isAdult === undefined ? {} : { isAdult }),
      ...(genre === undefined ? {} : { genres: ArrayContains([genre]) }),
      ...range('startYear', startYearFrom, startYearTo),
    };
    return pageOf(await this.#titles.find({ where, order: { tconst: 'asc' }, take: limit + 1 }), limit, ({ tconst }) => tconst);
  }

  @Get(':tconst')
  @ApiOperation({ operationId: 'getTitle', summary: 'One title' })
  @ApiOkResponse({ description: 'The title', standardSchema: TitleBasic })
  @ApiResponse({ status: 404, description: 'No title has this id', standardSchema: Problem })
  async get(@Param({ schema: TitlePath }) { tconst }: TitlePath): Promise<TitleBasic> {
    const title = await this.#titles.findOneBy({ tconst });
    if (title === null) throw notFound('title', tconst, 'GET /published tells whether anything is published yet.');
    return title;
  }
}
