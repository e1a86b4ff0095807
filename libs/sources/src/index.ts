export {
  type Changes,
  FileDefinition,
  Fields,
  type Schedule,
  SourceDefinition,
  Value,
} from './definition/definition.ts';
export {
  CURSOR,
  DefinitionError,
  hashOf,
  parseDefinition,
  type DefinitionFault,
} from './definition/parse-definition.ts';
export { fileOf, fitsName } from './definition/file-of.ts';
export { shippedDefinitions } from './definition/shipped-definitions.ts';
export { Transform } from './definition/transform.ts';
export { isNfo, libraryFiles, type LibraryFile } from './library/library-files.ts';
export { describePicture, picturesOf } from './library/library-pictures.ts';
export { packLibrary } from './library/pack-library.ts';
export { checkFile, type FileCheck } from './records/check-file.ts';
export { fitsContent, HEAD_BYTES } from './records/fits-content.ts';
export { joinPieces } from './records/join-pieces.ts';
export { mergePieces, type ExtractedRecord, type MergedPieces } from './records/merge-pieces.ts';
export type { Piece, PieceContent } from './records/piece.ts';
export { filesWithColumns, pieceReader } from './records/piece-reader.ts';
export { piecesOf } from './records/pieces-of.ts';
export { DeliveryError, type DeliveryErrorCode } from './rows/delivery-error.ts';
export { pictureKind, type LibraryPicture } from './rows/nfo-pictures.ts';
export { isReject, type Reject } from './rows/row.ts';
