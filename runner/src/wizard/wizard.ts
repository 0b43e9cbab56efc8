import { type JsonObject, streamKey } from '@headrace/sdk/protocol';
import { asHeadraceError, type HeadraceError } from '@headrace/sdk/spec';
import { askEnd } from '../engine/ask-end.ts';
import { callsOf, checkJob } from '../engine/check-job.ts';
import { factsOf } from '../engine/connector-facts.ts';
import type { Job, JobEnd } from '../engine/job.ts';
import type { Interrupt, Ports } from '../engine/ports.ts';
import { previewJob, type StreamPreview } from '../engine/preview.ts';
import { resolveJob } from '../jobs/resolve.ts';
import type { Asker } from './asker.ts';
import type { NewJob } from './job-file.ts';
import { type Answers, askConfig } from './questions.ts';

/** What the wizard needs. */
export interface WizardWorld {
  readonly asker: Asker;
  readonly ports: Ports;
  readonly interrupt: Interrupt;
  readonly tenant: string;
  readonly folder: string;
  /** Variables that are set, those of `.env` included. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of connectors that are installed. */
  readonly installed: readonly string[];
  showError(error: HeadraceError): void;
  showPreview(preview: StreamPreview): void;
}

/** The job that came out of the questions. */
export interface WizardResult {
  readonly job: NewJob;
  readonly schemas: { readonly source: JsonObject; readonly destination: JsonObject };
  readonly secrets: Readonly<Record<string, string>>;
}

const ANOTHER = 'another';
const MOST_PREVIEWS = 3;
const FORMS = 'a path, docker://image:tag, pip://package==version, singer://tap-… or a program';

/**
 * Asks for a job: which source and destination, what their specs want to know, which streams. Both ends are checked, and the
 * first records shown if wanted. Writes nothing.
 * @throws Cancelled
 */
export async function askJob(world: WizardWorld): Promise<WizardResult> {
  const { asker } = world;
  const source = await askEndOf('source', world);
  const name = jobName(source.connector);
  const prefix = name.toUpperCase();
  const sourceAnswers = await askConfig(source.schema, asker, { prefix, env: world.env, leaveOut: [] });
  const destination = await askEndOf('destination', world);
  const destinationAnswers = await askConfig(destination.schema, asker, {
    prefix: jobName(destination.connector).toUpperCase(),
    env: { ...world.env, ...sourceAnswers.secrets },
    leaveOut: destination.leaveOut,
  });
  const ends = { source, destination };
  const answers = await tried(world, name, ends, { source: sourceAnswers, destination: destinationAnswers });
  const streams = await askStreams(world, jobOf(world, name, ends, answers));
  const job: NewJob = {
    tenant: world.tenant,
    name,
    source: {
      connector: source.connector,
      config: answers.source.config,
      ...(streams ? { streams } : {}),
    },
    destination: { connector: destination.connector, config: answers.destination.config },
  };
  return {
    job,
    schemas: { source: source.schema, destination: destination.schema },
    secrets: { ...answers.source.secrets, ...answers.destination.secrets },
  };
}

interface AskedEnd {
  readonly connector: string;
  readonly schema: JsonObject;
  readonly leaveOut: readonly string[];
}

type Role = 'source' | 'destination';
type BothEnds = Readonly<Record<Role, AskedEnd>>;
type BothAnswers = Readonly<Record<Role, Answers>>;

/** Until there is a connector that answers `spec`. */
async function askEndOf(role: Role, world: WizardWorld): Promise<AskedEnd> {
  const { asker, ports, interrupt } = world;
  for (;;) {
    const connector = await askConnector(role, world);
    const end: JobEnd = { connector, config: {} };
    const job: Job = {
      ...EMPTY,
      tenant: world.tenant,
      name: jobName(connector),
      folder: world.folder,
      source: end,
      destination: end,
    };
    try {
      const first = connector.includes('pip://') ? 'installing it if need be, and ' : '';
      const spec = await asker.during(`${first}asking ${connector} what it needs`, () =>
        ports.connect(end, job, role).spec(callsOf(job, ports, role, interrupt).spec),
      );
      const named = role === 'destination' ? factsOf(spec)?.source : undefined;
      return {
        connector,
        schema: spec.connectionSpecification,
        leaveOut: named === undefined ? [] : [named],
      };
    } catch (error) {
      world.showError(asHeadraceError(error));
    }
  }
}

async function askConnector(role: Role, { asker, installed }: WizardWorld): Promise<string> {
  const found = installed.filter((name) => name.endsWith(`-${role}`));
  const message = role === 'source' ? 'Where do the records come from?' : 'Where do they go?';
  const chosen =
    found.length === 0
      ? ANOTHER
      : await asker.choose({
          message,
          choices: [
            ...found.map((value) => ({ value, label: value })),
            { value: ANOTHER, label: 'another connector', hint: FORMS },
          ],
        });
  if (chosen !== ANOTHER) return chosen;
  return asker.text({
    message: `Which ${role}? ${FORMS}`,
    complaint: (text) => (text.trim() === '' ? 'it is required' : undefined),
  });
}

/** Checks both ends. If a check fails, its end is asked again, or the answers stay as they are. */
async function tried(
  world: WizardWorld,
  name: string,
  ends: BothEnds,
  first: BothAnswers,
): Promise<BothAnswers> {
  const { asker, ports, interrupt } = world;
  let answers = first;
  for (;;) {
    try {
      const job = jobOf(world, name, ends, answers);
      await asker.during('checking both ends', () => checkJob(job, { check: true }, 1, ports, interrupt));
      return answers;
    } catch (error) {
      world.showError(asHeadraceError(error));
    }
    const next = await asker.choose<Role | undefined>({
      message: 'What now?',
      choices: [
        { value: 'source', label: `answer the questions of ${ends.source.connector} again` },
        { value: 'destination', label: `answer the questions of ${ends.destination.connector} again` },
        { value: undefined, label: 'write the file as it is' },
      ],
    });
    if (next === undefined) return answers;
    const prefix = (next === 'source' ? name : jobName(ends.destination.connector)).toUpperCase();
    const { schema, leaveOut } = ends[next];
    // What was typed before may be what is wrong, so no variable of it is offered.
    answers = { ...answers, [next]: await askConfig(schema, asker, { prefix, env: world.env, leaveOut }) };
  }
}

/** The streams that are wanted; undefined for all. */
async function askStreams(world: WizardWorld, job: Job): Promise<string[] | undefined> {
  const { asker, ports, interrupt } = world;
  let found: Awaited<ReturnType<typeof discover>>;
  try {
    found = await asker.during('asking for its streams', discover);
  } catch (error) {
    world.showError(asHeadraceError(error));
    return undefined;
  }
  const names = [...new Set(found.map(({ name }) => name))];
  const chosen = await asker.chooseSome({
    message: 'Which streams?',
    choices: names.map((value) => ({ value, label: value })),
    chosen: names,
  });
  const streams = chosen.length === names.length || chosen.length === 0 ? undefined : chosen;
  // The first few: some streams take their time.
  const some = (streams ?? names).slice(0, MOST_PREVIEWS);
  if (await asker.confirm({ message: `Look at the first records of ${some.join(', ')}?`, initial: true })) {
    try {
      const previews = await asker.during('reading the first records', () =>
        previewJob(job, { limit: 3, streams: some }, ports, interrupt),
      );
      for (const preview of previews) world.showPreview(preview);
    } catch (error) {
      world.showError(asHeadraceError(error));
    }
  }
  return streams;

  function discover() {
    return askEnd('source', job, ports, interrupt, async ({ connector, config }, call) => {
      const streams = await connector.discover(config, call);
      return [...new Map(streams.map((stream) => [streamKey(stream), stream])).values()];
    });
  }
}

const EMPTY = { retries: 0, retry_delay_seconds: 0, stall_minutes: 180, priority: 'normal' } as const;

/** The job with its secrets filled in, to be tried. */
function jobOf(world: WizardWorld, name: string, ends: BothEnds, answers: BothAnswers): Job {
  const end = (role: Role): JobEnd => ({ connector: ends[role].connector, config: answers[role].config });
  const job = {
    ...EMPTY,
    tenant: world.tenant,
    name,
    folder: world.folder,
    source: end('source'),
    destination: end('destination'),
  };
  const env = { ...world.env, ...answers.source.secrets, ...answers.destination.secrets };
  return resolveJob(job, {
    tenant: world.tenant,
    env,
    secret: (reference) => {
      throw new Error(`the wizard writes no reference to secret:${reference}`);
    },
  });
}

/** `jira-source` → jira, `pip://airbyte-source-faker==1` → faker, `docker://acme/source-x:1` → x */
export function jobName(connector: string): string {
  const last =
    connector
      .replace(/^(?:[a-z]+:\/\/)+/, '')
      .replace(/(==|:|#).*$/, '')
      .split('/')
      .at(-1) ?? '';
  const name = last
    .toLowerCase()
    .replace(/\.\w+$/, '')
    .replace(/^.*?(?:source|destination|tap|target)-/, '')
    .replace(/-(?:source|destination)$/, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return name.slice(0, 63) || 'job';
}
