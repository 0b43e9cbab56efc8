import {
  type ApiRequest,
  type CallOptions,
  type HttpClient,
  type Page,
  pageOfLoose,
  type Selection,
} from '@headrace/sdk';

/** Requests of Jenkins's API whose answers are scanned for records. */
export interface Requests {
  /** See `HttpClient.page`. */
  page<F extends string, R extends string>(
    request: ApiRequest,
    selection: Selection<F, R>,
    options?: CallOptions,
  ): Promise<Page<F, R>>;
}

/** Jenkins writes NaN and Infinity bare (docs/vendors/jenkins.md, What a 200 leaves out). */
export function requestsOf(http: HttpClient): Requests {
  return {
    page: (request, selection, options) =>
      http.ask(request, (answer) => pageOfLoose(answer, selection), options),
  };
}
