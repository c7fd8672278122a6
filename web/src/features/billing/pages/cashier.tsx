// The counter: search, Enter, amount, Enter, receipt. Everything by keyboard; scanned codes work too.
import { Stack } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Failed, Loading, PageHead } from '@/ui/states';
import { PayForm } from '../parts/pay-form';
import { PaySearch } from '../parts/pay-search';
import { ReceiptCard } from '../parts/receipt-card';

export type Payable = Pick<
  Schemas['InvoiceRow'],
  | 'id'
  | 'number'
  | 'customer_id'
  | 'customer_name'
  | 'customer_number'
  | 'outstanding'
  | 'period_from'
  | 'period_to'
  | 'state'
  | 'due_on'
>;

type Step =
  | { at: 'search' }
  | { at: 'amount'; invoice: Payable }
  | { at: 'receipt'; receipt: Schemas['Receipt']; invoice: Payable };

export function CashierPage() {
  const { t } = useTranslation('billing');
  const { invoice } = useSearch({ strict: false }) as { invoice?: string };
  const named = api.useQuery(
    'get',
    '/api/v1/invoices/{id}',
    { params: { path: { id: invoice ?? '' } } },
    { enabled: Boolean(invoice) },
  );
  return (
    <Stack maw={720} mx="auto" gap="md">
      <PageHead title={t('cashier')} note={t('cashier_note')} />
      {invoice && named.isPending && <Loading rows={3} />}
      {named.error && <Failed error={named.error} />}
      {(!invoice || named.data) && <Counter key={invoice ?? ''} named={named.data ?? null} />}
    </Stack>
  );
}

function Counter({ named }: { named: Payable | null }) {
  const [step, setStep] = useState<Step>(
    named && named.outstanding > 0 ? { at: 'amount', invoice: named } : { at: 'search' },
  );
  const restart = () => setStep({ at: 'search' });
  switch (step.at) {
    case 'search':
      return <PaySearch onChoose={(invoice) => setStep({ at: 'amount', invoice })} />;
    case 'amount':
      return (
        <PayForm
          invoice={step.invoice}
          onBack={restart}
          onPaid={(receipt) => setStep({ at: 'receipt', receipt, invoice: step.invoice })}
        />
      );
    case 'receipt':
      return <ReceiptCard receipt={step.receipt} invoice={step.invoice} onNext={restart} />;
  }
}
