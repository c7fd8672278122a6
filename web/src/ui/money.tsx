import { formatMoney } from '@/lib/money';

type Tone = 'plain' | 'in' | 'owed' | 'quiet';

const COLOR: Record<Tone, string | undefined> = {
  plain: undefined,
  in: 'var(--mantine-color-money-text)',
  owed: 'var(--mantine-color-red-text)',
  quiet: 'var(--quiet)',
};

/** An amount in rupiah; `owed` reddens only what is really above zero. */
export function Money({
  amount,
  tone = 'plain',
  bold = false,
  size,
}: {
  amount: number;
  tone?: Tone;
  bold?: boolean;
  size?: string | number;
}) {
  const shown = tone === 'owed' && amount <= 0 ? 'quiet' : tone;
  return (
    <span
      className="money"
      style={{
        color: COLOR[shown],
        fontWeight: bold ? 600 : undefined,
        fontSize: size,
        whiteSpace: 'nowrap',
      }}
    >
      {formatMoney(amount)}
    </span>
  );
}
