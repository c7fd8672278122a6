import './mantine.css';
import './styles.css';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Providers } from './providers';
import { textsReady } from '@/locales';
import { router } from './router';

const root = document.getElementById('root');
if (root) {
  const page = createRoot(root);
  // Vite's own server takes the libraries as they are, without the build's changes.
  const styled = import.meta.env.DEV ? import('@mantine/core/styles.css') : undefined;
  void Promise.all([textsReady, styled]).then(() =>
    page.render(
      <StrictMode>
        <Providers>
          <RouterProvider router={router} />
        </Providers>
      </StrictMode>,
    ),
  );
}
