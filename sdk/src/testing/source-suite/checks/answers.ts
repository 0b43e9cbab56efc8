import { checkMessages, type OutputOf } from '../../messages/check-messages.ts';
import { catalogFindings } from '../../suite/catalog-rules.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { catalogChanges, specChanges } from '../../suite/compatibility.ts';
import { specFindings } from '../../suite/spec-rules.ts';
import { type Run, tail } from '../../suite/workplace.ts';
import { type SourceContext, secretsIn } from '../suite.ts';

const MINUTE = 60_000;

/** The findings of the protocol checker for the output of `spec`, `check` or `discover`. */
function protocolFindings({ stdout }: Run, command: OutputOf['command']): string[] {
  return checkMessages(stdout, { command }).map(
    ({ line, rule, message }) => `line ${line} [${rule}] ${message}`,
  );
}

/** The single CONNECTION_STATUS of a `check`. */
function statusOf(run: Run): { status: string; message?: string } {
  const said = run.output.messages.find((message) => message.type === 'CONNECTION_STATUS');
  must(said, 'check prints no CONNECTION_STATUS', tail(run));
  return said.connectionStatus;
}

/** `spec`, `check` and `discover`. */
export const answerChecks: ReadonlyArray<Check<SourceContext>> = [
  {
    rules: [19],
    title: 'exactly one SPEC, within the first 10 lines',
    run: async ({ run }) => {
      const ran = await run(['spec']);
      must(ran.code === 0, `spec ends with ${ran.code ?? ran.signal}`, tail(ran));
      mustBeEmpty(protocolFindings(ran, 'spec'), 'the output of spec');
    },
  },
  {
    rules: [20],
    title: 'the spec passes every rule of the acceptance tests',
    cat: 'test_spec',
    run: async ({ spec, fixture }) => {
      const said = await spec();
      mustBeEmpty(specFindings(said), 'the spec');
      const { default: library } = await import('ajv');
      const ajv = new library.Ajv({ strict: false, validateFormats: false });
      const matches = ajv.validate(said.connectionSpecification, (await fixture()).config);
      must(matches, `the test's config does not match the spec: ${ajv.errorsText(ajv.errors)}`);
    },
  },
  {
    rules: [21],
    title: 'check: exactly one CONNECTION_STATUS, SUCCEEDED for a good config',
    cat: 'test_check',
    run: async ({ run, files, fixture }) => {
      const ran = await run(['check', '--config', files.write((await fixture()).config)]);
      mustBeEmpty(protocolFindings(ran, 'check'), 'the output of check');
      must(statusOf(ran).status === 'SUCCEEDED' && ran.code === 0, 'check of a good config', tail(ran));
    },
  },
  {
    rules: [22],
    title: 'bad credentials: FAILED with a message that says what to do, exit 0',
    cat: 'test_check',
    run: async (context) => {
      const { badConfig } = await context.fixture();
      if (!badConfig) skip('needs `badConfig`');
      const ran = await context.run(['check', '--config', context.files.write(badConfig)]);
      mustBeEmpty(protocolFindings(ran, 'check'), 'the output of check');
      const { status, message = '' } = statusOf(ran);
      must(status === 'FAILED' && ran.code === 0, 'check with bad credentials', tail(ran));
      must(message.length >= 20, `the message says too little: “${message}”`);
      mustBeEmpty((await secretsIn(context, badConfig)).find(message), 'secrets in the message');
    },
  },
  {
    rules: [7, 22],
    title: 'a config with nothing in it: a readable failure, no crash',
    run: async ({ run, files, spec }) => {
      if (((await spec()).connectionSpecification.required as unknown[] | undefined)?.length === undefined)
        skip('the spec requires nothing');
      const ran = await run(['check', '--config', files.write({})]);
      const error = ran.output.errors[0];
      if (error) {
        must(error.failure_type === 'config_error' && ran.code !== 0, 'check of an empty config', tail(ran));
      } else {
        must(statusOf(ran).status === 'FAILED' && ran.code === 0, 'check of an empty config', tail(ran));
      }
    },
  },
  {
    rules: [25],
    title: 'discover: one CATALOG, unique names, valid schemas',
    cat: 'test_discover',
    run: async (context) => {
      const ran = await context.discovered();
      must(ran.code === 0, `discover ends with ${ran.code ?? ran.signal}`, tail(ran));
      mustBeEmpty(protocolFindings(ran, 'discover'), 'the output of discover');
      await catalogRule(context, 25);
    },
  },
  {
    rules: [26],
    title: 'keys and cursors exist in the schemas and are scalar; every stream has a key',
    cat: 'test_defined_cursors_exist_in_schema, test_primary_keys_exist_in_schema, connector_attributes',
    run: (context) => catalogRule(context, 26),
  },
  {
    rules: [27],
    title: 'schemas are open and say their types',
    cat: 'test_additional_properties_is_true',
    run: (context) => catalogRule(context, 27),
  },
  {
    rules: [28],
    title: 'spec and catalog stay compatible with the last release',
    cat: 'test_backward_compatibility',
    run: async ({ options, spec, streams }) => {
      const { previous } = options;
      if (!previous) skip('needs `previous`');
      const before = previous.catalog as { streams: Parameters<typeof catalogChanges>[0] } | undefined;
      mustBeEmpty(
        [
          ...(previous.spec ? specChanges(previous.spec as never, await spec()) : []),
          ...(before ? catalogChanges(before.streams, await streams()) : []),
        ],
        'since the last release',
      );
    },
  },
  {
    rules: [24],
    title: 'check and discover end soon over a slow API',
    run: async ({ hostile, run, files }) => {
      const { config } = await hostile([{ kind: 'slow-head', ms: 500 }]);
      const file = files.write(config);
      for (const verb of ['check', 'discover']) {
        const ran = await run([verb, '--config', file], { timeoutMs: MINUTE });
        must(ran.code === 0, `${verb} over an API that takes 500 ms an answer`, tail(ran));
        // The platform allows nine minutes, and a real API may be ten times as slow as this one.
        must(ran.ms < 54_000, `${verb} takes ${Math.round(ran.ms)} ms with 500 ms an answer`);
      }
    },
  },
];

async function catalogRule({ streams, options }: SourceContext, rule: 25 | 26 | 27): Promise<void> {
  const findings = await catalogFindings(await streams(), options.keyless);
  mustBeEmpty(
    findings.filter((finding) => finding.rule === rule).map(({ message }) => message),
    'the catalog',
  );
}
