/**
 * Config schemas: conversion from zod to JSON schema, validation with readable errors, interpolation and secrets.
 */
export {
  asHeadraceError,
  ConfigError,
  ConfigErrors,
  DataError,
  type ErrorDetails,
  formatError,
  HeadraceError,
  isHeadraceError,
  SystemError,
  ThrottledError,
  TransientError,
} from '../errors.ts';
export { checkConfig } from './check-config.ts';
export { coerce } from './coerce.ts';
export { destinationSpec, fullCatalog, sourceSpec } from './connector-spec.ts';
export { decodeText } from './decode-text.ts';
export { didYouMean } from './did-you-mean.ts';
export { interpolate } from './interpolate.ts';
export { jsonSchemaOf } from './json-schema.ts';
export type { Schema } from './narrow.ts';
export { own } from './own.ts';
export { secretsOf } from './secrets-of.ts';
export { validateConfig } from './validate-config.ts';
