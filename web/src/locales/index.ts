// Texts: Bahasa Indonesia first; English has exactly the same keys (a missing one does not compile).
// What every page needs is here at once; a room's words come with the first page that speaks them.
import i18next, { type BackendModule, type ResourceKey } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Lang } from '@/lib/day';
import type * as rooms from './id';
import { common } from './id/common';
import { identity } from './id/identity';
import { problem } from './id/problem';
import { state } from './id/state';

export type Room = keyof typeof rooms;

const STORED = 'sambung.lang';

/** Room and language → its file, fetched when it is asked for. */
const FILES = import.meta.glob<Record<string, ResourceKey>>([
  './{id,en}/*.ts',
  '!./*/index.ts',
  '!./id/{common,identity,problem,state}.ts',
]);

function stored(): Lang {
  return globalThis.localStorage?.getItem(STORED) === 'en' ? 'en' : 'id';
}

export const i18n = i18next.createInstance();

async function fetchRoom(lang: string, room: string): Promise<ResourceKey> {
  const load = FILES[`./${lang}/${room}.ts`];
  const words = (await load?.())?.[room];
  if (!words) throw new Error(`no words: ${lang} ${room}`);
  return words;
}

const files: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (lang, room, done) => {
    fetchRoom(lang, room)
      // where English can't be had, Indonesian stands in
      .catch((error: unknown) => {
        if (lang === 'id') throw error;
        return fetchRoom('id', room).catch(
          () => ({ common, identity, problem, state })[room] ?? {},
        );
      })
      .then(
        (words) => done(null, words),
        (error: unknown) => done(error as Error, false),
      );
  },
};

const started = i18n
  .use(files)
  .use(initReactI18next)
  .init({
    lng: stored(),
    fallbackLng: false,
    resources: { id: { common, identity, problem, state } },
    partialBundledLanguages: true,
    ns: ['common', 'identity', 'problem', 'state'],
    defaultNS: 'common',
    keySeparator: false,
    interpolation: { escapeValue: false }, // React escapes
    initAsync: false,
  });

document.documentElement.lang = stored();

/** When the texts that every page needs are here. */
export const textsReady: Promise<unknown> = started.catch(() => undefined);

/** Asks for some rooms' words ahead of the page that speaks them. */
export function fetchTexts(wanted: readonly Room[]): void {
  void i18n.loadNamespaces(wanted);
}

/** The language now shown. */
export function currentLang(): Lang {
  return i18n.language === 'en' ? 'en' : 'id';
}

/** Switches the interface's language and remembers it on this device. */
export async function switchLang(lang: Lang): Promise<void> {
  globalThis.localStorage?.setItem(STORED, lang);
  document.documentElement.lang = lang;
  await i18n.changeLanguage(lang);
}

/** The language now shown; the component renders anew when it changes. */
export function useLang(): Lang {
  return useTranslation().i18n.language === 'en' ? 'en' : 'id';
}
