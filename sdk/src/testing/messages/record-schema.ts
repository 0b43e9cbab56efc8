import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../../protocol/messages.ts';
import type { CheckedStream } from './check-messages.ts';

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

/** What a stream's catalog entry says about its records: the schema and the primary key. */
export class RecordSchema {
  readonly #validate: ValidateFunction | undefined;
  readonly #keys: ReadonlyArray<readonly string[]>;
  /** The names in the schema's properties. */
  readonly columns: ReadonlySet<string>;

  /** @throws Error if the schema is invalid */
  constructor({ json_schema: schema, source_defined_primary_key: keys = [] }: CheckedStream) {
    this.#validate = schema && ajv.compile(schema);
    this.#keys = keys;
    this.columns = new Set(Object.keys((schema as { properties?: object } | undefined)?.properties ?? {}));
  }

  /** Undefined if the stream has neither a schema nor a key. */
  static of(stream: CheckedStream): RecordSchema | undefined {
    return stream.json_schema || stream.source_defined_primary_key ? new RecordSchema(stream) : undefined;
  }

  /** What is wrong with a record, worded to follow the stream's name. List indexes are replaced by 0. */
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
