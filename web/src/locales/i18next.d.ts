import 'i18next';
import type * as id from './id';
import type { figures } from './id/figures';
import type { portal } from './id/portal';
import type { purchase } from './id/purchase';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    keySeparator: false;
    // `figures` come with the charts, `portal` with the customers' pages, `purchase` with the orders'
    resources: typeof id & {
      figures: typeof figures;
      portal: typeof portal;
      purchase: typeof purchase;
    };
  }
}
