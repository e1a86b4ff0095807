import { DefinitionOutline } from '@marquee/contract';
import { DefinitionError, parseDefinition } from '@marquee/sources';

/**
 * The schema of a definition in a body: described by its outline, checked as a whole. It also finds parts that contradict each other, and names
 * the option of a union that was meant.
 */
export const DEFINITION: Pick<typeof DefinitionOutline, '~standard'> = {
  '~standard': {
    ...DefinitionOutline['~standard'],
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
