import { testSource } from '@headrace/sdk/testing';
import { inShort } from './in-short.ts';
import { jenkinsSource } from './subjects/jenkins-source.ts';

testSource({ test: inShort, ...jenkinsSource });
