import { DefinitionError, parseDefinition, SourceDefinition } from '@marquee/sources';

/**
 * The schema of a definition in a body. It also finds parts that contradict each other, and names
 * the option of a union that was meant.
 */
export const DEFINITION: Pick<typeof SourceDefinition, '~standard'> = {
  '~standard': {
    ...SourceDefinition['~standard'],
    validate(given: unknown) {
      try {
        return { value: parseDefinition(given) };
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        return {
          issues: error.faults.map(({ path, message }) => ({
            message,
            path: path === '' ? [] : [path],
          })),
        };
      }
    },
  },
};
