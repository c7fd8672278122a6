import 'i18next';
import type * as id from './id';
import type { figures } from './id/figures';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    keySeparator: false;
    // `figures` comes with the charts
    resources: typeof id & { figures: typeof figures };
  }
}
