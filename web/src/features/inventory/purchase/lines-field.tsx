import { ActionIcon, Button, NumberInput, Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';
import { amountOf, blankLine, type DraftLine, type LineErrors, totalOf } from './lines';
import classes from './lines.module.css';

/** What is ordered: a line each, a card each on a phone. */
export function LinesField(props: {
  lines: DraftLine[];
  errors: LineErrors;
  types: Schemas['ItemTypeView'][];
  onChange: (lines: DraftLine[]) => void;
}) {
  const { t } = useTranslation('purchase');
  const { lines, errors, types, onChange } = props;
  const set = (at: number, change: Partial<DraftLine>) =>
    onChange(lines.map((line, n) => (n === at ? { ...line, ...change } : line)));
  return (
    <div>
      {lines.map((line, at) => {
        const unit = types.find((one) => one.id === line.type_id)?.unit;
        const wrong = errors[at];
        const amount = amountOf(line);
        return (
          <fieldset
            key={line.key}
            className={classes.line}
            aria-label={t('line_number', { n: at + 1 })}
          >
            <Select
              className={classes.type}
              label={t('type')}
              searchable
              data={types.map((one) => ({ value: one.id, label: one.name }))}
              value={line.type_id || null}
              error={wrong?.type_id}
              onChange={(value) => {
                const kind = types.find((one) => one.id === value);
                const known = kind && kind.value > 0 && !line.price.trim();
                set(at, { type_id: value ?? '', ...(known ? { price: String(kind.value) } : {}) });
              }}
            />
            <NumberInput
              label={unit ? t('quantity_in', { unit }) : t('quantity')}
              min={1}
              max={1_000_000}
              allowDecimal={false}
              thousandSeparator="."
              decimalSeparator=","
              hideControls
              value={line.quantity}
              error={wrong?.quantity}
              onChange={(value) => set(at, { quantity: value === '' ? '' : Number(value) })}
            />
            <MoneyInput
              label={t('price')}
              description={null}
              value={line.price}
              error={wrong?.price}
              onChange={(price) => set(at, { price })}
            />
            <div className={classes.amount}>
              <Text size="xs" c="dimmed">
                {t('amount')}
              </Text>
              <div>{amount === null ? '–' : <Money amount={amount} />}</div>
            </div>
            <ActionIcon
              className={classes.remove}
              variant="subtle"
              color="gray"
              size="lg"
              disabled={lines.length === 1}
              aria-label={t('line_remove', { n: at + 1 })}
              onClick={() => onChange(lines.filter((_, n) => n !== at))}
            >
              <Icon name="close" size={16} />
            </ActionIcon>
          </fieldset>
        );
      })}
      <div className={classes.foot}>
        <Button
          variant="default"
          size="sm"
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => onChange([...lines, blankLine()])}
        >
          {t('line_add')}
        </Button>
        <Text component="div">
          {t('total')} <Money amount={totalOf(lines)} bold size={18} />
        </Text>
      </div>
    </div>
  );
}
