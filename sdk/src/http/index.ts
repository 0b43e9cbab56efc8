export { type Auth, anonymous, basic, bearer } from './auth.ts';
export { type Answer, byStatus, type Classify, sentence, type Verdict } from './classify.ts';
export { type ApiRequest, createHttp, type HttpClient, type HttpEnv, type HttpOptions } from './client.ts';
