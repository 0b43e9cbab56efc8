export { type Auth, anonymous, apiKey, basic, bearer } from './auth/auth.ts';
export {
  type OAuth2ClientOptions,
  type OAuth2RefreshOptions,
  oauth2ClientCredentials,
  oauth2Refresh,
  type UpdateConfig,
} from './auth/oauth2.ts';
export { type Answer, byStatus, type Classify, sentence, type Verdict } from './classify.ts';
export { type CallOptions, createHttp, type HttpClient, type HttpEnv, type HttpOptions } from './client.ts';
export { isTooHeavy } from './heavy.ts';
export { ifFound } from './if-found.ts';
export { Limiter, type LimiterEnv, type Limits } from './limits/limiter.ts';
export type { Budget } from './limits/meter.ts';
export { pagesByLink, pagesByNextUrl } from './paging/by-next-url.ts';
export { type OffsetPaging, pagesByOffset, type Restart } from './paging/by-offset.ts';
export { pagesByToken, type TokenPaging } from './paging/by-token.ts';
export type { ChainSignals } from './paging/chain.ts';
export { keepRows } from './paging/keep-rows.ts';
export { isShortList, ShortListError } from './paging/short-list.ts';
export type { Skim } from './paging/sized-page.ts';
export { type PrefixSplit, splitByPrefix } from './paging/split-by-prefix.ts';
export { type ErrorsIn, jsonOf, pageOf, pageOfLoose } from './read-answer.ts';
export type { ApiRequest } from './request.ts';
export { RetryAnswer } from './retry-answer.ts';
export { webPageOf } from './web-page.ts';
