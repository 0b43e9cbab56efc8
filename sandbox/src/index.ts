/**
 * `@headrace/sandbox`: a small Jira to try connectors on. It behaves as Jira Cloud does where connectors care, holds
 * as many issues as wanted in bounded memory, and goes wrong on demand.
 */
export type { IssueChoice, JiraControl, Touched } from './jira/control.ts';
export { FAULT_KINDS, type Fault, type FaultKind, type FaultRule } from './jira/http/faults.ts';
export type { RouteFilter } from './jira/http/route.ts';
export type { RouteStats, SandboxStats } from './jira/http/stats.ts';
export { DEPLOYMENTS, type Deployment, type FaultRate, type JiraOptions } from './jira/options.ts';
export type { WorklogFacts } from './jira/routes/worklogs.ts';
export { type JiraSandbox, startJira } from './jira/sandbox.ts';
export type { TouchedWorklog, WorklogControl } from './jira/worklogControl.ts';
