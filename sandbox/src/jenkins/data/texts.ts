import type { Language } from '../options.ts';
import { LANGUAGES } from '../options.ts';

const TEXTS = {
  user: {
    en: 'Started by user {}',
    de: 'Gestartet durch Benutzer {}',
    fr: "Démarré par l'utilisateur {}",
    es: 'Lanzada por el usuario {}',
    ja: 'ユーザー{}が実行',
  },
  timer: {
    en: 'Started by timer',
    de: 'Zeitgesteuert gestartet',
    fr: "Lancé par l'horloge périodique",
    es: 'Ejecutado por el temporizador',
    ja: '定期的に実行',
  },
  scm: {
    en: 'Started by an SCM change',
    de: 'Build wurde durch eine SCM-Änderung ausgelöst',
    fr: 'Lancé par un changement dans la base de code',
    es: 'Ejecutado por un cambio en el repositorio',
    ja: 'SCMの変更が実行',
  },
  upstream: {
    en: 'Started by upstream project "{}" build number {}',
    de: 'Gestartet durch vorgelagertes Projekt „{}“, Build {}',
    fr: 'Démarré par le projet amont "{}" de numéro {}',
    es: 'Lanzado por el proyecto padre "{}" ejecución número {}',
    ja: '上流プロジェクト"{}"のビルド#{}が実行',
  },
  builtIn: { en: 'Built-In Node', de: 'master', fr: 'contrôleur', es: 'principal', ja: 'master' },
  builtInDescription: {
    en: "the Jenkins controller's built-in node",
    de: 'der eingebaute Knoten des Jenkins-Controllers',
    fr: 'le nœud intégré du contrôleur Jenkins',
    es: 'el nodo integrado del controlador',
    ja: 'Jenkinsコントローラーのビルトインノード',
  },
  stability: {
    en: 'Build stability: {} out of the last 5 builds failed.',
    de: 'Build-Stabilität: {} der letzten 5 Builds schlugen fehl.',
    fr: 'Stabilité du build: {} sur les 5 derniers builds ont échoué.',
    es: 'Estabilidad: {} de las últimas 5 ejecuciones fallaron.',
    ja: '安定性: 最近の5個中{}個ビルドに失敗しました。',
  },
  waiting: {
    en: 'Waiting for next available executor',
    de: 'Warte auf den nächsten freien Build-Prozessor',
    fr: 'En attente du prochain exécuteur disponible',
    es: 'Esperando por el próximo ejecutor disponible',
    ja: '利用可能なエグゼキューター待ち',
  },
  quiet: {
    en: 'In the quiet period. Expires in {} sec',
    de: 'In der Ruhe-Periode. Endet in {} Sek',
    fr: 'En période de repos. Expire dans {} s',
    es: 'En el periodo de espera. Expira en {} s',
    ja: '待機中。{}秒後に終了',
  },
} satisfies Record<string, Record<Language, string>>;

/** A text of the controller in one of its languages. */
export function say(language: Language, text: keyof typeof TEXTS, ...values: (string | number)[]): string {
  let at = 0;
  return TEXTS[text][language].replace(/\{\}/g, () => String(values[at++]));
}

/** The language of an answer: the first known one that the caller accepts, otherwise the controller's own. */
export function languageFor(acceptLanguage: string | undefined, own: Language): Language {
  for (const part of (acceptLanguage ?? '').split(',')) {
    const wanted = part.trim().slice(0, 2).toLowerCase();
    const known = LANGUAGES.find((one) => one === wanted);
    if (known) return known;
  }
  return own;
}
