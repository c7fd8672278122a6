import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const ROOMS = [
  'identity',
  'catalog',
  'crm',
  'billing',
  'fulfilment',
  'hr',
  'inventory',
  'network',
  'bridge',
  'notification',
  'partner',
];

/** Layers point one way: ui, lib, api, then features, then app. */
const layers = (deny, message) => ({
  'no-restricted-imports': [
    'error',
    { patterns: [{ group: deny, message, allowTypeImports: false }] },
  ],
});

export default tseslint.config(
  { ignores: ['dist', 'src/api/generated', 'test-results', 'playwright-report'] },
  ...tseslint.configs.recommended,
  hooks.configs.flat.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-console': 'error',
      'max-lines': ['error', 400],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXText[value=/[A-Za-z]{2,}/]',
          message: 'Texts go through typed keys of the locale files.',
        },
      ],
    },
  },
  {
    files: ['src/locales/**'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['src/lib/**', 'src/ui/**', 'src/api/**'],
    rules: layers(['@/features/*', '@/app/*'], 'ui, lib and api know no feature.'),
  },
  {
    files: ['e2e/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@playwright/test',
              importNames: ['test'],
              message: 'The test of `./people` fails on what a page says in the console.',
            },
          ],
        },
      ],
    },
  },
  ...ROOMS.map((room) => ({
    files: [`src/features/${room}/**`],
    rules: layers(
      [
        '@/app/*',
        ...ROOMS.filter((other) => other !== room).map((other) => `@/features/${other}/*`),
      ],
      'A feature imports no other feature; a page that composes rooms belongs to app.',
    ),
  })),
);
