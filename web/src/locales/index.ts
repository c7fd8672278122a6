// Texts: Bahasa Indonesia first; English has exactly the same keys (a missing one does not compile).
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Lang } from '@/lib/day';
import * as id from './id';

const STORED = 'sambung.lang';

function stored(): Lang {
  return globalThis.localStorage?.getItem(STORED) === 'en' ? 'en' : 'id';
}

export const i18n = i18next.createInstance();

void i18n.use(initReactI18next).init({
  lng: stored(),
  fallbackLng: 'id',
  resources: { id },
  ns: Object.keys(id),
  defaultNS: 'common',
  keySeparator: false,
  interpolation: { escapeValue: false }, // React escapes
  initAsync: false,
});

document.documentElement.lang = stored();

/** English is fetched by those who read it. */
async function fetchTexts(lang: Lang): Promise<void> {
  if (lang === 'id' || i18n.hasResourceBundle(lang, 'common')) return;
  const texts: Record<string, object> = await import('./en');
  for (const [room, keys] of Object.entries(texts)) i18n.addResourceBundle(lang, room, keys);
}

/** When the texts of the language of this device are here; when they can't be, Indonesian stands in. */
export const textsReady: Promise<void> = fetchTexts(stored()).catch(() => undefined);

/** The language now shown. */
export function currentLang(): Lang {
  return i18n.language === 'en' ? 'en' : 'id';
}

/** Switches the interface's language and remembers it on this device. */
export async function switchLang(lang: Lang): Promise<void> {
  await fetchTexts(lang);
  globalThis.localStorage?.setItem(STORED, lang);
  document.documentElement.lang = lang;
  await i18n.changeLanguage(lang);
}

/** The language now shown; the component renders anew when it changes. */
export function useLang(): Lang {
  return useTranslation().i18n.language === 'en' ? 'en' : 'id';
}
