import { below } from './http/random.ts';

/** Free text in several scripts, because real issues are not just ASCII. */
const PHRASES: readonly string[] = [
  'Payment webhook is retried twice after a gateway timeout',
  'Checkout page loses the basket when the session is renewed',
  'Add an audit trail for permission changes in the admin area',
  'The nightly export skips customers without a billing address',
  'Upgrade the message broker and drop the old queue names',
  'Flaky test: order totals differ by one cent under load',
  'Document how to rotate the signing keys without a restart',
  'Search results are stale for a minute after an edit',
  'Prüfung der Umsatzsteuer schlägt für Österreich fehl',
  'Größenänderung des Fensters zerstört die Übersicht',
  'Réinitialisation du mot de passe : le lien expire trop tôt',
  'L’écran d’accueil s’affiche à moitié sur les vieux téléphones',
  'Añadir paginación al listado de pedidos del último año',
  'Zażółć gęślą jaźń — kodowanie w eksporcie CSV',
  '支付回调在网关超时后重复执行两次',
  '会话续期之后购物车内容丢失，需要重新登录',
  '导出任务跳过了没有账单地址的客户',
  '升级消息队列并清理旧的主题名称',
  '検索結果が編集後一分間古いままになる',
  '화면 크기를 바꾸면 요약이 깨집니다',
  'Обновить ключи подписи без перезапуска службы',
  'Rollout is blocked 🚧 until the migration is reviewed 👀',
  'Ship it 🚀 once the load test is green ✅ (see the dashboard 📈)',
  '客户反馈 👍：新的报表页面快了很多，但是筛选条件不会保存',
  'Naïve façade pattern – “smart quotes”, ellipsis… and a ½ price',
  'Latency of the pricing service doubles on Mondays',
  'Remove the feature flag for the new onboarding',
  'Split the monolith’s invoice module into its own service',
  'Alert when the replication lag is above five seconds',
  'Retry policy should honour the Retry-After header',
];

/** A phrase chosen by three numbers. It contains no quotes, backslashes or control characters. */
export function phrase(seed: number, n: number, salt: number): string {
  return PHRASES[below(PHRASES.length, seed, n, salt)]!;
}

const ENCODED: readonly Buffer[] = PHRASES.map((text) => Buffer.from(text));

/** {@link phrase} as UTF-8 bytes. */
export function phraseBytes(seed: number, n: number, salt: number): Buffer {
  return ENCODED[below(ENCODED.length, seed, n, salt)]!;
}

const GIVEN = [
  'Anna',
  'Björn',
  'Chloé',
  'Dmitri',
  '伟',
  'Emre',
  'Fatima',
  'José',
  '芳',
  'Katarzyna',
  'Liam',
  'Mei',
  'Noor',
  'Olu',
  'Priya',
  'Søren',
];
const FAMILY = [
  'Müller',
  'García',
  '王',
  'Okafor',
  'Nowak',
  'O’Brien',
  '李',
  'Rossi',
  'Sato',
  'Ivanova',
  'Dubois',
  'Larsen',
  'Khan',
  'Nguyễn',
  'Çelik',
  'Smith',
];

/** A display name. The number makes it unique. */
export function personName(seed: number, index: number): string {
  const name = `${GIVEN[below(GIVEN.length, seed, index, 11)]} ${FAMILY[below(FAMILY.length, seed, index, 12)]}`;
  return index < 16 ? name : `${name} ${index}`;
}

/** ASCII text that JSON does not escape, for padding a description to its exact length. */
export const FILLER: Buffer = Buffer.from(
  'steps to reproduce and notes of the investigation follow; the log lines were cut to what matters here, the full files are attached. '.repeat(
    512,
  ),
  'latin1',
);
