import { fromFaros } from '@headrace/faros';
import { AirbyteSourceLogger } from 'faros-airbyte-cdk';
import { TrackerSource } from './source.ts';

console.log('loading the tracker');

/** TRACKER_OPTIONS contains a test's options for fromFaros. */
export default await fromFaros(
  new TrackerSource(new AirbyteSourceLogger()),
  JSON.parse(process.env.TRACKER_OPTIONS ?? '{}') as object,
);
