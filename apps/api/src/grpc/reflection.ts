import {
  createRegistry,
  toBinary,
  type DescFile,
  type DescService,
  type Registry,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';

/** A question of either version: their messages are the same but for the package. */
interface Question {
  readonly host: string;
  readonly messageRequest: { readonly case: string | undefined; readonly value?: unknown };
}

/** Answers what clients without the contract ask about it, such as `buf curl` and grpcurl. */
export class Reflection {
  readonly #services: readonly DescService[];
  readonly #registry: Registry;
  /** By name, such as `marquee/v1/movie.proto`. */
  readonly #files: ReadonlyMap<string, DescFile>;

  constructor(services: readonly DescService[]) {
    this.#services = services;
    const files = new Set(services.flatMap(({ file }) => [...withDependencies(file)]));
    this.#registry = createRegistry(...files);
    this.#files = new Map([...files].map((file) => [file.proto.name, file]));
  }

  /** The answers to questions, one by one. */
  async *answer<Q extends Question>(questions: AsyncIterable<Q>) {
    for await (const question of questions)
      yield {
        validHost: question.host,
        originalRequest: question,
        messageResponse: this.#answerTo(question),
      };
  }

  #answerTo({ messageRequest: { case: kind, value } }: Question) {
    switch (kind) {
      case 'listServices': {
        const service = this.#services.map(({ typeName: name }) => ({ name }));
        return { case: 'listServicesResponse', value: { service } } as const;
      }
      case 'fileByFilename':
        return answerFile(this.#files.get(String(value)), String(value));
      case 'fileContainingSymbol':
        return answerFile(this.#fileOf(String(value)), String(value));
      case 'fileContainingExtension':
        return notFound('The contract has no extensions.');
      case 'allExtensionNumbersOfType':
        return this.#registry.getMessage(String(value)) === undefined
          ? notFound(`There is no type ${String(value)}.`)
          : ({
              case: 'allExtensionNumbersResponse',
              value: { baseTypeName: String(value) },
            } as const);
      default:
        return {
          case: 'errorResponse',
          value: { errorCode: Code.InvalidArgument, errorMessage: 'The request asks nothing.' },
        } as const;
    }
  }

  /** The file of a type or a service, or of one of its fields or methods. */
  #fileOf(symbol: string): DescFile | undefined {
    const owner = symbol.slice(0, Math.max(0, symbol.lastIndexOf('.')));
    const found = this.#registry.get(symbol) ?? this.#registry.get(owner);
    return found?.kind === 'extension' ? undefined : found?.file;
  }
}

function answerFile(file: DescFile | undefined, asked: string) {
  if (file === undefined) return notFound(`The contract has no ${asked}.`);
  const fileDescriptorProto = [...withDependencies(file)].map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } } as const;
}

function notFound(errorMessage: string) {
  return { case: 'errorResponse', value: { errorCode: Code.NotFound, errorMessage } } as const;
}

/** A file and all files that it imports. */
function withDependencies(file: DescFile, files = new Set<DescFile>()): Set<DescFile> {
  files.add(file);
  for (const imported of file.dependencies)
    if (!files.has(imported)) withDependencies(imported, files);
  return files;
}
