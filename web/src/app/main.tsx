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
  void textsReady.then(() =>
    page.render(
      <StrictMode>
        <Providers>
          <RouterProvider router={router} />
        </Providers>
      </StrictMode>,
    ),
  );
}
