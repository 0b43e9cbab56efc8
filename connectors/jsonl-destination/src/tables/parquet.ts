import type { Column, ColumnType } from '@headrace/sdk/destination';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

const ELEMENTS: Readonly<Record<ColumnType, Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  // No annotation: hyparquet-writer 0.17.0 writes the width of an INTEGER in a form that Arrow and DuckDB refuse.
  count: { type: 'INT64' },
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
};

/** How many rows are held and encoded at a time (invariant 8). */
const GROUP = 10_000;

/** The bytes of a table. */
export function parquetOf<Row>(columns: ReadonlyArray<Column<Row>>, rows: Iterable<Row>): Uint8Array {
  const writer = new ByteWriter();
  const table = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(element)],
    createdBy: 'headrace jsonl-destination',
  });
  let group: Row[] = [];
  const writeGroup = (): void => {
    const columnData = columns.map((column) => ({
      name: column.name,
      data: group.map((row) => value(column, row)),
    }));
    // Not awaited, because a writer to memory never waits.
    void table.write({ columnData, rowGroupSize: GROUP });
    group = [];
  };
  for (const row of rows) {
    group.push(row);
    if (group.length === GROUP) writeGroup();
  }
  if (group.length > 0) writeGroup();
  void table.finish();
  return writer.getBytes();
}

function element<Row>({ name, type, nullable }: Column<Row>): SchemaElement {
  return { name, ...ELEMENTS[type], repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' };
}

function value<Row>({ type, of }: Column<Row>, row: Row): string | bigint | Date | null {
  const found = of(row);
  if (typeof found !== 'number') return found;
  return type === 'instant' ? new Date(found) : BigInt(found);
}
