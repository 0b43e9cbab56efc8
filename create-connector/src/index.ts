/** @headrace/create-connector generates the files of a new connector. `headrace new` uses it too. */
export { type Created, createConnector, type NewConnector } from './create.ts';
export { CreateError, type Kind } from './names.ts';
export { nextSteps } from './next-steps.ts';
