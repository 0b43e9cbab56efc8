/* Types of fields in the schemas of streams. All are nullable, because Bitbucket may omit a field or send null. */
export const text = { type: ['null', 'string'] };
export const integer = { type: ['null', 'integer'] };
export const flag = { type: ['null', 'boolean'] };
export const time = { type: ['null', 'string'], format: 'date-time' };
export const object = { type: ['null', 'object'], additionalProperties: true };
export const objects = { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } };
/** Context fields that name the repository and the pull request of a record. */
export const repositoryUuid = {
  type: 'string',
  description: 'of the repository; stays the same when it is renamed',
};
export const pullRequestId = { type: 'integer', description: 'of the pull request, within its repository' };
