// The words of purchases come with their pages: nobody else needs them.
import { i18n } from '@/locales';
import { purchase as en } from '@/locales/en/purchase';
import { purchase as id } from '@/locales/id/purchase';

i18n.addResourceBundle('id', 'purchase', id);
i18n.addResourceBundle('en', 'purchase', en);
