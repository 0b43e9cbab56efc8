/**
 * `@headrace/sandbox`: a small Jira for testing connectors. It behaves like Jira Cloud where that matters to
 * connectors, holds any number of issues in bounded memory, and fails on demand.
 */
export { FAULT_KINDS, type Fault, type FaultKind, type FaultRate, type FaultRule } from './http/faults.ts';
export type { RouteFilter } from './http/filter.ts';
export type { RouteStats, SandboxStats } from './http/stats.ts';
export type { IssueChoice, JiraControl, Touched } from './jira/control.ts';
export { DEPLOYMENTS, type Deployment, type JiraOptions } from './jira/options.ts';
export type { WorklogFacts } from './jira/routes/worklogs.ts';
export { type JiraSandbox, startJira } from './jira/sandbox.ts';
export type { TouchedWorklog, WorklogControl } from './jira/worklogControl.ts';
