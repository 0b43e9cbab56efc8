import { testSource } from '@headrace/sdk/testing';
import { inShort } from './in-short.ts';
import { bitbucketSource } from './subjects/bitbucket-source.ts';

testSource({ test: inShort, ...bitbucketSource });
