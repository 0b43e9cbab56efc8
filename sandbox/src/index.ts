/**
 * `@headrace/sandbox`: a small Jira, Bitbucket and Jenkins for testing connectors. They behave like the vendors' where that
 * matters to connectors, hold much data in little memory, and fail on demand.
 */
export type { BitbucketControl } from './bitbucket/control.ts';
export type { BitbucketFault } from './bitbucket/limits.ts';
export type { BitbucketOptions } from './bitbucket/options.ts';
export { BITBUCKET_STREAMS, type BitbucketStream, type Fact } from './bitbucket/oracle.ts';
export { type BitbucketSandbox, type RepositorySummary, startBitbucket } from './bitbucket/sandbox.ts';
export { FAULT_KINDS, type Fault, type FaultKind, type FaultRate, type FaultRule } from './http/faults.ts';
export type { RouteFilter } from './http/filter.ts';
export type { RouteStats, SandboxStats } from './http/stats.ts';
export type { BuildChoice, BuildControl, TouchedBuild } from './jenkins/buildControl.ts';
export type { JenkinsControl } from './jenkins/control.ts';
export { JENKINS_FAULT_KINDS, type JenkinsFaultKind } from './jenkins/faults.ts';
export type { ItemControl } from './jenkins/itemControl.ts';
export type { JenkinsOptions, Language } from './jenkins/options.ts';
export type { BuildFacts, JobFacts } from './jenkins/oracle.ts';
export { type JenkinsSandbox, startJenkins } from './jenkins/sandbox.ts';
export type { Cost } from './jenkins/site.ts';
export type { IssueChoice, JiraControl, Touched } from './jira/control.ts';
export { DEPLOYMENTS, type Deployment, type JiraOptions } from './jira/options.ts';
export type { WorklogFacts } from './jira/routes/worklogs.ts';
export { type JiraSandbox, startJira } from './jira/sandbox.ts';
export type { TouchedWorklog, WorklogControl } from './jira/worklogControl.ts';
