import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { file, path } from '@/lib/path';
import { Icon } from '@/ui/icon';
import { ButtonFile, To } from '@/ui/link';
import { Money } from '@/ui/money';
import type { Payer, Taken } from '../pages/cashier';

type Props = { taken: Taken; payer: Payer; onNext: () => void };

/** What was taken and what it settled; Enter goes on to the next customer, P prints. */
export function ReceiptCard({ taken, payer, onNext }: Props) {
  const { receipt, change } = taken;
  const pending = receipt.state === 'pending';
  const { t } = useTranslation('billing');
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => next.current?.focus(), []);
  const print = () => void window.open(file.receipt(receipt.payment_id, '58mm'), '_blank');
  useHotkeys([['p', () => !pending && print()]]);
  return (
    <Alert
      color={pending ? 'amber' : 'money'}
      icon={<Icon name={pending ? 'clock' : 'check'} />}
      title={pending ? t('noted') : t('received')}
    >
      <Stack>
        <div>
          <Money amount={receipt.amount} tone="in" bold size={28} />
          <Text size="sm" c="dimmed" component="div">
            {receipt.receipt_number ? (
              <To size="sm" to={path.payment(receipt.payment_id)}>
                {receipt.receipt_number}
              </To>
            ) : (
              <To size="sm" to={path.payment(receipt.payment_id)}>
                {t('no_receipt')}
              </To>
            )}{' '}
            ·{' '}
            <To size="sm" to={path.customer(payer.customer_id)}>
              {payer.customer_name}
            </To>
          </Text>
        </div>
        {change > 0 && (
          <Text fz={20} component="div">
            {t('change')} <Money amount={change} bold size={28} />
          </Text>
        )}
        {pending && <Text size="sm">{t('noted_hint')}</Text>}
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
          {!pending && (
            <>
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
            </>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
