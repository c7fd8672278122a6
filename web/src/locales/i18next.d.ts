import 'i18next';
import type * as id from './id';
import type { figures } from './id/figures';
import type { portal } from './id/portal';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    keySeparator: false;
    // `figures` come with the charts, `portal` with the customers' pages
    resources: typeof id & { figures: typeof figures; portal: typeof portal };
  }
}
