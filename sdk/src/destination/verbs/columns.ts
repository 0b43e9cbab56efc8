/** A column's type: text, whole numbers, or instants in ms since 1970. */
export type ColumnType = 'text' | 'count' | 'instant';

/** A column of a table that a verb shows. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable?: boolean;
  of(row: Row): string | number | null;
}
