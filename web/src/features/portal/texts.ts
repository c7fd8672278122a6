// The customers' words come with the customers' pages: nobody else needs them.
import { i18n } from '@/locales';
import { portal as en } from '@/locales/en/portal';
import { portal as id } from '@/locales/id/portal';

i18n.addResourceBundle('id', 'portal', id);
i18n.addResourceBundle('en', 'portal', en);
