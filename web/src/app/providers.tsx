import { MantineProvider } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { I18nextProvider } from 'react-i18next';
import { speak } from '@/api/client';
import { Problem } from '@/api/problem';
import { currentLang, i18n } from '@/locales';
import { afterShown } from '@/lib/shown';
import { problemText } from '@/ui/states';
import { theme } from './theme';

speak(currentLang);

let onLoggedOut: () => void = () => undefined;

/** What happens when the server no longer knows the session; set by the router. */
export function whenLoggedOut(action: () => void): void {
  onLoggedOut = action;
}

function noticeLoggedOut(error: unknown) {
  if (error instanceof Problem && error.status === 401) onLoggedOut();
}

export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // a refusal stays a refusal; a lost connection may come back
      retry: (tries, error) => Problem.from(error).passes && tries < 2,
      refetchOnWindowFocus: true,
    },
  },
  queryCache: new QueryCache({ onError: noticeLoggedOut }),
  mutationCache: new MutationCache({
    // whatever was changed, everything on the screen is asked for anew
    onSuccess: () =>
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'get' }),
    onError: (error, _variables, _context, mutation) => {
      noticeLoggedOut(error);
      // a form shows its own refusal; other actions say it in a notice
      if (mutation.meta?.quiet !== true) {
        notifications.show({ color: 'red', message: problemText(error), autoClose: 8000 });
      }
    },
  }),
});

/** Notices wait in their store until what shows them is here. */
const Notifications = lazy(async () => {
  await afterShown();
  return { default: (await import('./notices')).Notifications };
});

export function Providers({ children }: { children: ReactNode }) {
  return (
    <I18nextProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <MantineProvider theme={theme} defaultColorScheme="auto">
          <Suspense>
            <Notifications position="top-right" />
          </Suspense>
          {children}
        </MantineProvider>
      </QueryClientProvider>
    </I18nextProvider>
  );
}
