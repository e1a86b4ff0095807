export { FileDefinition, Fields, SourceDefinition, Value } from './definition/definition.ts';
export {
  DefinitionError,
  definitionJsonSchema,
  hashOf,
  parseDefinition,
  type DefinitionFault,
} from './definition/parse-definition.ts';
export { shippedDefinitions } from './definition/shipped-definitions.ts';
export { Transform, TRANSFORM_DESCRIPTIONS, TRANSFORM_EXAMPLES } from './definition/transform.ts';
