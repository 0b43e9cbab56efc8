import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { flag, object, text, texts } from '../schemas/columns.ts';

/** All projects that the account can see: live, archived, and in the trash. */
export const projects = defineStream<JiraApi>()({
  name: 'projects',
  description: 'A project that the account can see: live, archived, or in the trash.',
  schema: {
    properties: {
      id: { type: 'string' },
      key: { type: 'string' },
      name: { type: 'string' },
      self: text,
      description: text,
      lead: object,
      projectTypeKey: text,
      projectCategory: object,
      projectKeys: { ...texts, description: 'its current and former keys' },
      url: text,
      email: text,
      expand: text,
      avatarUrls: object,
      properties: object,
      assigneeType: text,
      archived: flag,
      archivedBy: object,
      archivedDate: text,
      deleted: { ...flag, description: 'in the trash until retentionTillDate' },
      deletedBy: object,
      deletedDate: text,
      retentionTillDate: text,
      isPrivate: flag,
      favourite: flag,
      simplified: flag,
      style: { ...text, description: 'classic (company-managed) or next-gen (team-managed)' },
      uuid: text,
      entityId: text,
      landingPageInfo: object,
      issueTypeHierarchy: object,
      permissions: object,
      insight: object,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  read: ({ api, select }) =>
    api.projectPages(select, { expand: 'description,lead,url,projectKeys,insight', all: true }),
});
