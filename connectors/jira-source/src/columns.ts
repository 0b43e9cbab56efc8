/** Types of a record's members, as streams declare them: whatever Jira may leave out or send as null. */
export const text = { type: ['null', 'string'] };
export const integer = { type: ['null', 'integer'] };
export const flag = { type: ['null', 'boolean'] };
/** A UTC timestamp with `Z`; Jira's others carry an offset without a colon, which is no JSON schema date-time. */
export const utcTime = { type: ['null', 'string'], format: 'date-time' };
export const object = { type: ['null', 'object'], additionalProperties: true };
export const objects = { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } };
export const texts = { type: ['null', 'array'], items: { type: 'string' } };
