import 'i18next';
import type * as id from './id';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    keySeparator: false;
    resources: typeof id;
  }
}
