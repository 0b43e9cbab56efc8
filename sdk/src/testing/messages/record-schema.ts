import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../../protocol/messages.ts';
import type { CheckedStream } from './check-messages.ts';

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

/** What a stream promises of its records: its schema and its key. For the protocol checker alone. */
export class RecordSchema {
  readonly #validate: ValidateFunction | undefined;
  readonly #keys: ReadonlyArray<readonly string[]>;
  /** Names that the schema describes. */
  readonly columns: ReadonlySet<string>;

  /** @throws Error where the schema is none */
  constructor({ json_schema: schema, source_defined_primary_key: keys = [] }: CheckedStream) {
    this.#validate = schema && ajv.compile(schema);
    this.#keys = keys;
    this.columns = new Set(Object.keys((schema as { properties?: object } | undefined)?.properties ?? {}));
  }

  /** Undefined where the stream promises nothing. */
  static of(stream: CheckedStream): RecordSchema | undefined {
    return stream.json_schema || stream.source_defined_primary_key ? new RecordSchema(stream) : undefined;
  }

  /** What a record breaks, to be read behind the stream's name; list positions are left out. */
  findings(data: JsonObject): string[] {
    const findings: string[] = [];
    if (this.#validate && !this.#validate(data))
      for (const { instancePath, message } of this.#validate.errors ?? [])
        findings.push(`${instancePath.replaceAll(/\/\d+/g, '/0')} ${message}`);
    for (const path of this.#keys) {
      const value = path.reduce<unknown>((at, name) => (at as JsonObject | null)?.[name], data);
      if (value === null || value === undefined) findings.push(`: its key ${path.join('.')} is null`);
    }
    return findings;
  }
}
