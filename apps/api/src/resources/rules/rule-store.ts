import {
  MERGED_FIELDS,
  MergeRules,
  type FieldRule,
  type MergedField,
  type MergeRule,
  type RuleChange,
} from '@marquee/contract';
import { DEFAULT_RULES, RULES_VERSION } from '@marquee/movies';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { badInput } from '../../problems/bad-input.ts';
import { Wakes } from '../sources/wakes.ts';

interface RuleRow {
  readonly field: MergedField;
  readonly rule: MergeRule;
  readonly version: number;
  readonly setAt: Date;
  readonly setBy: string;
}

const COLUMNS = 'field, rule, version, set_at as "setAt", set_by as "setBy"';
const OWN_RULES = `select ${COLUMNS} from movies.rule`;

const SET_RULE = `
  insert into movies.rule (field, rule, version, set_by) values ($1::text, $2::jsonb, 1, $3::text)
  on conflict (field) do update
    set rule = excluded.rule, version = movies.rule.version + 1, set_at = now(), set_by = excluded.set_by
  returning ${COLUMNS}`;

const RESET_RULE = 'delete from movies.rule where field = $1::text';

/** Bounds the count: it reads the provenance of each movie, some 20 µs each. */
const COUNT_LIMIT = `set local statement_timeout = '20s'`;

/** The movies in which more than one record has the field: of one alone, no rule has a choice. */
const TOUCHED = `
  select count(*)::float8 as movies from movies.movie as m
  where jsonb_array_length(m.provenance #> array[$1::text, 'from']) + jsonb_array_length(m.provenance #> array[$1::text, 'lost']) > 1`;

/** The rules by which movies are merged: shipped ones, and those that people have set. */
@Injectable()
export class RuleStore {
  readonly #dataSource: DataSource;
  readonly #wakes: Wakes;

  constructor(dataSource: DataSource, wakes: Wakes) {
    this.#dataSource = dataSource;
    this.#wakes = wakes;
  }

  /** The rule of each field. */
  async list(): Promise<FieldRule[]> {
    const own: RuleRow[] = await this.#dataSource.query(OWN_RULES);
    const ownOf = new Map(own.map((row) => [row.field, row]));
    return MERGED_FIELDS.map((field) => ruleOf(field, ownOf.get(field)));
  }

  /**
   * Sets the rule of a field; the aggregator then merges again what it touches.
   *
   * @throws ProblemException 400 for a rule that the field cannot have
   */
  async set(
    field: MergedField,
    rule: MergeRule,
    by: string,
    isDryRun: boolean,
  ): Promise<RuleChange> {
    const parsed = MergeRules.shape[field].safeParse(rule);
    if (!parsed.success)
      throw badInput(parsed.error.issues.map(({ message }) => ({ message, path: ['kind'] })));
    return this.#change(field, isDryRun, async (manager) => {
      if (isDryRun) return { field, rule, version: 0, setAt: new Date(), setBy: by };
      const rows: RuleRow[] = await manager.query(SET_RULE, [field, JSON.stringify(rule), by]);
      return rows[0];
    });
  }

  /** Returns a field to its shipped rule. */
  async reset(field: MergedField, isDryRun: boolean): Promise<RuleChange> {
    return this.#change(field, isDryRun, async (manager) => {
      if (!isDryRun) await manager.query(RESET_RULE, [field]);
      return undefined;
    });
  }

  async #change(
    field: MergedField,
    isDryRun: boolean,
    change: (manager: EntityManager) => Promise<RuleRow | undefined>,
  ): Promise<RuleChange> {
    const result = await this.#dataSource.transaction(async (manager) => ({
      ...ruleOf(field, await change(manager)),
      movies: isDryRun ? await countTouched(manager, field) : null,
      isDryRun,
    }));
    if (!isDryRun) await this.#wakes.aggregate();
    return result;
  }
}

async function countTouched(manager: EntityManager, field: MergedField): Promise<number> {
  await manager.query(COUNT_LIMIT);
  const [touched]: { movies: number }[] = await manager.query(TOUCHED, [field]);
  return touched?.movies ?? 0;
}

function ruleOf(field: MergedField, own: RuleRow | undefined): FieldRule {
  const shipped = DEFAULT_RULES[field];
  return own === undefined
    ? {
        field,
        rule: shipped,
        shipped,
        isOwn: false,
        version: RULES_VERSION,
        setAt: null,
        setBy: null,
      }
    : {
        field,
        rule: own.rule,
        shipped,
        isOwn: true,
        version: own.version,
        setAt: own.setAt.toISOString(),
        setBy: own.setBy,
      };
}
