/* Types of fields in the schemas of streams. All are nullable, because Jenkins leaves out what an object does not have. */
export const text = { type: ['null', 'string'] };
export const integer = { type: ['null', 'integer'] };
export const number = { type: ['null', 'number'] };
export const flag = { type: ['null', 'boolean'] };
export const object = { type: ['null', 'object'], additionalProperties: true };
export const objects = { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } };
