import { testSource } from '@headrace/sdk/testing';
import { test } from 'vitest';
import { jiraSource } from './subjects/jira-source.ts';

testSource({ test: test.concurrent, ...jiraSource });
