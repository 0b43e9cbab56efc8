import {
  type ApiRequest,
  type CallOptions,
  type HttpClient,
  type Page,
  pageOf,
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

export function requestsOf(http: HttpClient): Requests {
  return {
    page: (request, selection, options) => http.ask(request, (answer) => pageOf(answer, selection), options),
  };
}
