/* Types of fields in the schemas of streams. All are nullable, because Jira may omit a field or send null. */
export const text = { type: ['null', 'string'] };
export const integer = { type: ['null', 'integer'] };
export const flag = { type: ['null', 'boolean'] };
/**
 * A UTC timestamp with `Z`. Jira's other timestamps have an offset without a colon, which is not a JSON Schema
 * date-time.
 */
export const utcTime = { type: ['null', 'string'], format: 'date-time' };
export const object = { type: ['null', 'object'], additionalProperties: true };
export const objects = { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } };
export const texts = { type: ['null', 'array'], items: { type: 'string' } };
