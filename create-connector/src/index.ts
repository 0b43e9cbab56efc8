/** @headrace/create-connector: makes the files of a new connector. `headrace new` calls it too. */
export { type Created, createConnector, type NewConnector } from './create.ts';
export { CreateError, type Kind } from './names.ts';
export { nextSteps } from './next-steps.ts';
