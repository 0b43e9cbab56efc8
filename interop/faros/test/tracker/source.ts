import {
  type AirbyteConfig,
  type AirbyteConfiguredCatalog,
  type AirbyteLogger,
  AirbyteSourceBase,
  AirbyteSpec,
  type AirbyteState,
  AirbyteStreamBase,
  calculateUpdatedStreamState,
  NonFatalError,
  type StreamKey,
  type StreamState,
  SyncMode,
} from 'faros-airbyte-cdk';

/*
 * A typical faros-airbyte-cdk source: classes, a shared client with a cache, slices, states by key and by
 * cutoff, hooks that change the config, and logs everywhere.
 */

interface TrackerConfig extends AirbyteConfig {
  url: string;
  credentials: { token: string };
  only?: string[];
  skip_comments?: boolean;
  buckets?: number;
  non_fatal?: boolean;
}

type Item = Record<string, unknown> & { updated: number };
type Dictionary = Record<string, unknown>;

/** An error like those of an Axios client. */
class RequestError extends Error {
  readonly response: { status: number };
  constructor(message: string, status: number) {
    super(message);
    this.response = { status };
  }
}

class Tracker {
  readonly config: TrackerConfig;
  readonly logger: AirbyteLogger;
  #projects: Promise<Dictionary[]> | undefined;

  constructor(config: TrackerConfig, logger: AirbyteLogger) {
    this.config = config;
    this.logger = logger;
  }

  projects(): Promise<Dictionary[]> {
    this.#projects ??= this.#all('/projects');
    return this.#projects;
  }

  async #all(path: string): Promise<Dictionary[]> {
    const all: Dictionary[] = [];
    for await (const item of this.list(path, {})) all.push(item);
    return all;
  }

  async *list(path: string, query: Record<string, string>): AsyncGenerator<Dictionary> {
    for (let page = 0; ; page++) {
      const { values, more } = await this.#get(path, new URLSearchParams({ ...query, page: String(page) }));
      yield* values;
      if (!more) return;
    }
  }

  /** Retries where it may help, as such clients do with axios-retry. */
  async #get(path: string, query: URLSearchParams): Promise<{ values: Dictionary[]; more: boolean }> {
    const headers = { authorization: `Bearer ${this.config.credentials.token}` };
    for (let tries = 1; ; tries++) {
      let answer: Response | undefined;
      try {
        answer = await fetch(`${this.config.url}${path}?${query}`, { headers });
        const body = (await answer.json()) as { values: Dictionary[]; more: boolean; error?: string };
        if (answer.ok) return body;
        throw new RequestError(
          `${path} answered ${answer.status}: ${JSON.stringify(body.error)}`,
          answer.status,
        );
      } catch (error) {
        const passes = !answer || answer.ok || answer.status === 429 || answer.status >= 500;
        if (!passes || tries === 4) throw error;
        this.logger.warn(`${path}: ${(error as Error).message}; asked again`);
        const wait = retryAfterMs(answer) ?? 20 * 2 ** tries;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}

function retryAfterMs(answer: Response | undefined): number | undefined {
  const value = answer?.headers.get('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  return Number.isNaN(seconds) ? Math.max(0, Date.parse(value) - Date.now()) : seconds * 1000;
}

abstract class TrackerStream extends AirbyteStreamBase {
  readonly tracker: Tracker;

  constructor(tracker: Tracker, logger: AirbyteLogger) {
    super(logger);
    this.tracker = tracker;
  }

  get primaryKey(): StreamKey {
    return 'id';
  }
}

class Users extends TrackerStream {
  getJsonSchema(): Dictionary {
    return { type: 'object', properties: { id: { type: 'string' }, email: { type: ['null', 'string'] } } };
  }

  async *readRecords(): AsyncGenerator<Dictionary> {
    yield* this.tracker.list('/users', {});
  }
}

class Projects extends TrackerStream {
  getJsonSchema(): Dictionary {
    return { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } };
  }

  async *readRecords(): AsyncGenerator<Dictionary> {
    yield* await this.tracker.projects();
  }
}

class Issues extends TrackerStream {
  getJsonSchema(): Dictionary {
    return {
      type: 'object',
      properties: {
        id: { type: 'string' },
        project: { type: 'string' },
        title: { type: 'string' },
        updated: { type: 'integer' },
        parent: { type: ['null', 'object'], additionalProperties: true },
      },
      definitions: { note: { type: ['null', 'string'] } },
    };
  }

  override get dependencies(): string[] {
    return ['projects'];
  }

  override get cursorField(): string {
    return 'updated';
  }

  override async *streamSlices(): AsyncGenerator<Dictionary> {
    for (const { id } of await this.tracker.projects()) {
      if (this.tracker.config.only?.includes(id as string) ?? true) yield { project: id };
    }
  }

  override async *readRecords(
    syncMode: SyncMode,
    _cursorField?: string[],
    slice?: Dictionary,
    state?: StreamState,
  ): AsyncGenerator<Item> {
    const project = slice?.project as string;
    const since = syncMode === SyncMode.INCREMENTAL ? (state?.[project]?.cutoff ?? 0) : 0;
    this.logger.info(`Reading issues of ${project} since ${since}`);
    try {
      yield* this.tracker.list('/issues', { project, since: String(since) }) as AsyncGenerator<Item>;
    } catch (error) {
      if (this.tracker.config.non_fatal)
        throw new NonFatalError(`no issues of ${project}`, {}, error as Error);
      throw error;
    }
  }

  override getUpdatedState(state: StreamState, latest: Item, slice?: Dictionary): StreamState {
    return calculateUpdatedStreamState(new Date(latest.updated), state, slice?.project as string);
  }
}

class Comments extends TrackerStream {
  getJsonSchema(): Dictionary {
    return {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        updated: { type: 'integer' },
        text: { type: 'string' },
        author: { type: ['null', 'string'] },
      },
    };
  }

  override get dependencies(): string[] {
    return ['issues'];
  }

  override get cursorField(): string[] {
    return ['updated'];
  }

  override get stateCheckpointInterval(): number {
    return 15;
  }

  override async *readRecords(
    _syncMode: SyncMode,
    _cursorField?: string[],
    _slice?: Dictionary,
    state?: { since?: number },
  ): AsyncGenerator<Item> {
    yield* this.tracker.list('/comments', { since: String(state?.since ?? 0) }) as AsyncGenerator<Item>;
  }

  override getUpdatedState(state: { since?: number }, latest: Item): Dictionary {
    // Changes the state in place, as some sources do.
    state.since = Math.max(state.since ?? 0, latest.updated);
    return state;
  }
}

export class TrackerSource extends AirbyteSourceBase<TrackerConfig> {
  get type(): string {
    return 'tracker';
  }

  async spec(): Promise<AirbyteSpec> {
    return new AirbyteSpec({
      documentationUrl: 'https://example.org/tracker',
      connectionSpecification: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: 'Tracker',
        type: 'object',
        required: ['url', 'credentials'],
        properties: {
          url: { order: 0, type: 'string', title: 'URL', description: 'where the tracker is' },
          credentials: {
            order: 1,
            type: 'object',
            title: 'Credentials',
            oneOf: [
              {
                type: 'object',
                title: 'Token',
                required: ['token'],
                properties: {
                  auth: { type: 'string', const: 'token' },
                  token: { type: 'string', title: 'Token', airbyte_secret: true },
                },
              },
            ],
          },
          only: { order: 2, type: 'array', items: { type: 'string' }, title: 'Projects' },
          skip_comments: { order: 3, type: 'boolean', title: 'Skip comments' },
          buckets: { order: 4, type: 'integer', title: 'Buckets' },
          non_fatal: { order: 5, type: 'boolean', title: 'Forgive' },
        },
      },
    } as never);
  }

  async checkConnection(config: TrackerConfig): Promise<[boolean, never]> {
    try {
      await new Tracker(config, this.logger).projects();
    } catch (error) {
      return [false, error as never];
    }
    return [true, undefined as never];
  }

  streams(config: TrackerConfig): AirbyteStreamBase[] {
    const { logger } = this;
    const tracker = new Tracker(config, logger);
    // Deliberately not in the order of their dependencies.
    return [
      new Comments(tracker, logger),
      new Issues(tracker, logger),
      new Projects(tracker, logger),
      new Users(tracker, logger),
    ];
  }

  override async onBeforeRead(
    config: TrackerConfig,
    catalog: AirbyteConfiguredCatalog,
    state?: AirbyteState,
  ) {
    console.log('plain text on stdout');
    process.stdout.write('and in ');
    process.stdout.write('pieces\n');
    console.error('and on stderr');
    const streams = catalog.streams.filter(
      ({ stream }) => !config.skip_comments || stream.name !== 'comments',
    );
    if (!config.buckets) return { config, catalog: { streams }, state };
    // Each run reads the next bucket of projects. The bucket is stored next to the streams' states.
    const last = ((state?.__buckets as { last?: number } | undefined)?.last ?? -1) + 1;
    const bucket = last % config.buckets;
    const only = ['p1', 'p2', 'p3', 'p4', 'p5'].filter((_, k) => k % config.buckets! === bucket);
    return {
      config: { ...config, only },
      catalog: { streams },
      state: { ...state, __buckets: { last: bucket } },
    };
  }

  override async onAfterRead(): Promise<void> {
    this.logger.info('after the read');
  }
}
