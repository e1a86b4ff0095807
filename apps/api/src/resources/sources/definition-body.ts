import { isAbsolute } from 'node:path';
import { DefinitionOutline } from '@marquee/contract';
import { DefinitionError, parseDefinition } from '@marquee/sources';

/** Who may add sources may not read any file that the extractor can. */
const FOLDER_OUTSIDE =
  'expected a folder in the folder of definitions; one elsewhere needs a definition that is a file there';

/**
 * The schema of a definition in a body: described by its outline, checked as a whole. It also finds parts that contradict each other, and names
 * the option of a union that was meant.
 */
export const DEFINITION: Pick<typeof DefinitionOutline, '~standard'> = {
  '~standard': {
    ...DefinitionOutline['~standard'],
    validate(given: unknown) {
      try {
        const definition = parseDefinition(given);
        const { folder = '' } = definition;
        if (isAbsolute(folder) || folder.split(/[\\/]/u).includes('..'))
          return { issues: [{ message: FOLDER_OUTSIDE, path: ['folder'] }] };
        return { value: definition };
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
