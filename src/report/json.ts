/** Parsed JSON, as figure templates are. */
export type Json = string | number | boolean | null | readonly Json[] | JsonRecord;
export interface JsonRecord {
  readonly [key: string]: Json;
}

export const parseJson = (text: string): Json => JSON.parse(text);
export const isJsonRecord = (value: Json | undefined): value is JsonRecord => typeof value === 'object' && value !== null && !isJsonArray(value);
const isJsonArray = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Rebuilds a JSON value from its records, innermost first. */
export function mapRecords(value: Json, change: (record: JsonRecord) => JsonRecord): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isJsonArray(value)) return value.map((element) => mapRecords(element, change));
  return change(Object.fromEntries(Object.entries(value).map(([key, element]) => [key, mapRecords(element, change)])));
}
