import { below, fraction } from '../../http/random.ts';
import type { Build } from '../store/builds.ts';
import type { Item } from '../store/item.ts';
import { type Bean, bean, NOTHING_EXPORTED, Unexportable, type Value } from '../tree/bean.ts';
import { drawOf } from './build.ts';
import type { View } from './context.ts';
import { personOf, shaOf, wordsOf } from './people.ts';
import { say } from './texts.ts';

/** The actions of a build: of Jenkins, of plugins, and objects that export nothing. */
export function actionsOf(view: View, item: Item, build: Build): Value[] {
  const { seed, awkward } = view.site.settings;
  const n = drawOf(item, build);
  const damage = item.builds!.damaged.get(build.number);
  const actions: Value[] = [bean('hudson.model.CauseAction', { causes: causesOf(view, item, n) })];
  if (fraction(seed, n, 61) < 0.5)
    actions.unshift(bean('hudson.model.ParametersAction', { parameters: parametersOf(seed, n, awkward) }));
  if (item.kind === 'pipeline')
    actions.push(
      bean('jenkins.scm.api.SCMRevisionAction', {}),
      bean('org.jenkinsci.plugins.workflow.libs.LibrariesAction', {}),
    );
  actions.push(NOTHING_EXPORTED, gitData(seed, n, item.displayName), NOTHING_EXPORTED);
  if (!build.building && fraction(seed, n, 62) < 0.4) actions.push(testAction(seed, n));
  if (item.kind === 'pipeline') {
    actions.push(
      bean('org.jenkinsci.plugins.pipeline.modeldefinition.actions.RestartDeclarativePipelineAction', {}),
      NOTHING_EXPORTED,
      bean('org.jenkinsci.plugins.workflow.job.views.FlowGraphAction', {}),
    );
  }
  actions.push(
    bean('io.jenkins.plugins.example.QualityGateAction', {
      grade: ['A', 'B', 'C'][below(3, seed, n, 63)]!,
      score: damage === 'nan' ? Number.NaN : Math.round(fraction(seed, n, 64) * 10_000) / 100,
      details: () => {
        if (damage === 'action') throw new Unexportable('details of QualityGateAction');
        return [bean(undefined, { metric: 'coverage', value: below(100, seed, n, 65) })];
      },
    }),
  );
  return actions;
}

function causesOf(view: View, item: Item, n: number): Value[] {
  const { language } = view;
  const { seed } = view.site.settings;
  switch (below(item.kind === 'pipeline' ? 5 : 4, seed, n, 66)) {
    case 0: {
      const { id, fullName } = personOf(seed, n, 67);
      return [
        bean('hudson.model.Cause$UserIdCause', {
          shortDescription: say(language, 'user', fullName),
          userId: id,
          userName: fullName,
        }),
      ];
    }
    case 1:
      return [
        bean('hudson.triggers.TimerTrigger$TimerTriggerCause', { shortDescription: say(language, 'timer') }),
      ];
    case 2:
      return [bean('hudson.triggers.SCMTrigger$SCMTriggerCause', { shortDescription: say(language, 'scm') })];
    case 3: {
      const number = 1 + below(900, seed, n, 68);
      return [
        bean('hudson.model.Cause$UpstreamCause', {
          shortDescription: say(language, 'upstream', 'platform/release', number),
          upstreamBuild: number,
          upstreamProject: 'platform/release',
          upstreamUrl: 'job/platform/job/release/',
        }),
      ];
    }
    default:
      return [bean('jenkins.branch.BranchEventCause', { shortDescription: 'Push event to branch' })];
  }
}

function parametersOf(seed: number, n: number, awkward: boolean): Value[] {
  const parameters: Value[] = [
    bean('hudson.model.StringParameterValue', {
      name: 'BRANCH',
      value: awkward ? `release/"${below(9, seed, n, 69)}" & more\\` : 'main',
    }),
    bean('hudson.model.BooleanParameterValue', { name: 'DRY_RUN', value: below(2, seed, n, 70) === 1 }),
    // A password's value is not exported.
    bean('hudson.model.PasswordParameterValue', { name: 'DEPLOY_KEY' }),
  ];
  if (awkward)
    parameters.push(
      bean('hudson.model.TextParameterValue', {
        name: 'NOTES',
        value: `${wordsOf(seed, n, 72, 3)}\r\n\t<b>&amp;</b> ünï ☃ \u2028 𝕁`,
      }),
    );
  return parameters;
}

function gitData(seed: number, n: number, branch: string): Bean {
  const sha = shaOf(seed, n);
  const revision = () =>
    bean(undefined, {
      SHA1: sha,
      branch: [bean(undefined, { SHA1: sha, name: `refs/remotes/origin/${branch}` })],
    });
  return bean('hudson.plugins.git.util.BuildData', {
    buildsByBranchName: () => ({
      entries: {
        [`refs/remotes/origin/${branch}`]: bean('hudson.plugins.git.util.Build', {
          buildNumber: below(500, seed, n, 73),
          buildResult: null,
          marked: revision,
          revision,
        }),
      },
    }),
    lastBuiltRevision: revision,
    remoteUrls: ['https://git.example.com/acme/checkout.git'],
    scmName: '',
  });
}

function testAction(seed: number, n: number): Bean {
  const total = 1 + below(400, seed, n, 74);
  return bean('hudson.tasks.junit.TestResultAction', {
    failCount: below(3, seed, n, 75),
    skipCount: below(4, seed, n, 76),
    totalCount: total,
    urlName: 'testReport',
  });
}
