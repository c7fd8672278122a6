import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { file, path } from '@/lib/path';
import { Icon } from '@/ui/icon';
import { ButtonFile, To } from '@/ui/link';
import { Money } from '@/ui/money';
import type { Payable } from '../pages/cashier';

type Props = { receipt: Schemas['Receipt']; invoice: Payable; onNext: () => void };

/** What was taken and what it settled; Enter goes on to the next customer, P prints. */
export function ReceiptCard({ receipt, invoice, onNext }: Props) {
  const { t } = useTranslation('billing');
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => next.current?.focus(), []);
  useHotkeys([['p', () => void window.open(file.receipt(receipt.payment_id, '58mm'), '_blank')]]);
  return (
    <Alert color="money" icon={<Icon name="check" />} title={t('received')}>
      <Stack>
        <div>
          <Money amount={receipt.amount} tone="in" bold size={28} />
          <Text size="sm" c="dimmed" component="div">
            {receipt.receipt_number} ·{' '}
            <To size="sm" to={path.customer(invoice.customer_id)}>
              {invoice.customer_name}
            </To>
          </Text>
        </div>
        <List size="sm">
          {receipt.allocations.map((one) => (
            <List.Item key={one.invoice_id}>
              {one.invoice_number}: <Money amount={one.amount} />
            </List.Item>
          ))}
          {receipt.credit > 0 && (
            <List.Item>
              {t('customer_credit')}: <Money amount={receipt.credit} />
            </List.Item>
          )}
        </List>
        {receipt.reopened.length > 0 && <Text size="sm">{t('reopening')}</Text>}
        <Group gap={8}>
          <Button ref={next} onClick={onNext}>
            {t('next_customer')}
          </Button>
          <ButtonFile
            variant="default"
            href={file.receipt(receipt.payment_id, '58mm')}
            leftSection={<Icon name="print" size={16} />}
          >
            {t('print_58')}
          </ButtonFile>
          <ButtonFile
            variant="default"
            href={file.receipt(receipt.payment_id, 'a5')}
            leftSection={<Icon name="print" size={16} />}
          >
            {t('print_a5')}
          </ButtonFile>
        </Group>
      </Stack>
    </Alert>
  );
}
