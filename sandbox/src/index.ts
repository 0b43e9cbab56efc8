/**
 * `@headrace/sandbox`: a small Jira for testing connectors. It behaves like Jira Cloud where that matters to
 * connectors, holds any number of issues in bounded memory, and fails on demand.
 */
export type { IssueChoice, JiraControl, Touched } from './jira/control.ts';
export { FAULT_KINDS, type Fault, type FaultKind, type FaultRule } from './jira/http/faults.ts';
export type { RouteFilter } from './jira/http/route.ts';
export type { RouteStats, SandboxStats } from './jira/http/stats.ts';
export { DEPLOYMENTS, type Deployment, type FaultRate, type JiraOptions } from './jira/options.ts';
export type { WorklogFacts } from './jira/routes/worklogs.ts';
export { type JiraSandbox, startJira } from './jira/sandbox.ts';
export type { TouchedWorklog, WorklogControl } from './jira/worklogControl.ts';
