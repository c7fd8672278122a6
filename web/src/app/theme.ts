// The one theme: deep teal for what is ours to press, green for money in, amber only for
// waiting, red only for harm; an 8 px grid; one typeface in two weights.
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const teal: MantineColorsTuple = [
  '#e8f5f5',
  '#d2e8e8',
  '#a5d0d1',
  '#73b7b8',
  '#4aa1a3',
  '#2d9193',
  '#137f82',
  '#0b6a6e',
  '#07565a',
  '#044348',
];

const amber: MantineColorsTuple = [
  '#fff5e1',
  '#ffe9c7',
  '#fbd28d',
  '#f7b951',
  '#f2a422',
  '#e39308',
  '#bd7702',
  '#965d00',
  '#744700',
  '#543300',
];

const money: MantineColorsTuple = [
  '#eaf7ec',
  '#d6ecda',
  '#aed8b6',
  '#83c390',
  '#5fb170',
  '#46a35b',
  '#318c48',
  '#23733a',
  '#1b5c2f',
  '#124522',
];

const harm: MantineColorsTuple = [
  '#ffeceb',
  '#fbd7d5',
  '#f3aca9',
  '#ec7f7a',
  '#e65852',
  '#e03f38',
  '#c92f2a',
  '#ab2420',
  '#8c1d1a',
  '#6d1513',
];

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 6 },
  colors: { teal, amber, money, red: harm },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.5rem', lineHeight: '2rem' } } },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Badge: {
      defaultProps: { tt: 'none', radius: 'sm', fw: 600 },
      styles: { label: { overflow: 'visible' } },
    },
    Button: { defaultProps: { fw: 600 } },
    Table: { defaultProps: { verticalSpacing: 8, horizontalSpacing: 16 } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300, multiline: true, maw: 320 } },
    Drawer: { defaultProps: { position: 'right', size: 'md' } },
    Modal: { defaultProps: { centered: true } },
  },
});
