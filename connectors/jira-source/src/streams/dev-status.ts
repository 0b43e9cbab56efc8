const list = (description: string) => ({
  type: ['null', 'array'],
  items: { type: 'object', additionalProperties: true },
  description,
});

/** A development panel as `/rest/dev-status/1.0/issue/detail` answers it, and what it was asked for. */
export const devStatusSchema = {
  properties: {
    detail: {
      type: ['null', 'array'],
      description: 'one entry for each instance of the provider',
      items: {
        type: 'object',
        properties: {
          repositories: list('with the commits that name the issue'),
          branches: list('whose name holds the issue’s key'),
          pullRequests: list('that name the issue'),
          _instance: {
            type: ['null', 'object'],
            properties: {
              id: { type: ['null', 'string'] },
              name: { type: ['null', 'string'] },
              baseUrl: { type: ['null', 'string'] },
              type: { type: ['null', 'string'] },
              typeName: { type: ['null', 'string'] },
              singleInstance: { type: ['null', 'boolean'] },
            },
            additionalProperties: true,
          },
        },
        additionalProperties: true,
      },
    },
    errors: { type: ['null', 'array'], description: 'empty: a panel with errors is not sent' },
    issueId: { type: 'string' },
    issueKey: { type: ['null', 'string'], description: 'the key when the panel was asked for' },
    applicationType: { type: 'string', description: 'the provider, as Jira names it: GitHub, stash, …' },
    dataType: { type: 'string', description: 'pullrequest, repository, branch, build, …' },
  },
} as const;
