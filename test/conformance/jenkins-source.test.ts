import { testSource } from '@headrace/sdk/testing';
import { test } from 'vitest';
import { jenkinsSource } from './subjects/jenkins-source.ts';

testSource({ test: test.concurrent, ...jenkinsSource });
