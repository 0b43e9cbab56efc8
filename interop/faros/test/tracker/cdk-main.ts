import { AirbyteSourceLogger, AirbyteSourceRunner } from 'faros-airbyte-cdk';
import { TrackerSource } from './source.ts';

/** The same source under the CDK's own runner. */
const logger = new AirbyteSourceLogger();
new AirbyteSourceRunner(logger, new TrackerSource(logger)).mainCommand().parse();
