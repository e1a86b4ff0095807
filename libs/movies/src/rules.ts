import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MergeRules, type MergedField } from '@marquee/contract';
import { z } from 'zod';

const RulesFile = z.strictObject({ version: z.int().positive(), rules: MergeRules });

/** The shipped rules, with the version of them: a new version merges all movies again. */
export const { version: RULES_VERSION, rules: DEFAULT_RULES } = RulesFile.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../data/rules.json'), 'utf8')),
);

/**
 * The shipped rules, with those that people have set in place of them.
 *
 * @param own by field, as in `movies.rule`
 * @throws ZodError when a rule is not one that its field can have
 */
export function rulesWith(own: Readonly<Partial<Record<MergedField, unknown>>>): MergeRules {
  return MergeRules.parse({ ...DEFAULT_RULES, ...own });
}
