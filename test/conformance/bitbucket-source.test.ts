import { testSource } from '@headrace/sdk/testing';
import { test } from 'vitest';
import { bitbucketSource } from './subjects/bitbucket-source.ts';

testSource({ test: test.concurrent, ...bitbucketSource });
