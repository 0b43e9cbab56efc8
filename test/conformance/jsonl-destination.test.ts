import { testDestination } from '@headrace/sdk/testing';
import { test } from 'vitest';
import { jsonlDestination } from './subjects/jsonl-destination.ts';

testDestination({ test: test.concurrent, ...jsonlDestination });
