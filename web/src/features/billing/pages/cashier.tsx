// The counter: search, Enter, amount, Enter, receipt. Everything by keyboard; scanned codes work too.
import { Stack } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { path } from '@/lib/path';
import { Failed, Loading, PageHead } from '@/ui/states';
import { DrawerCard } from '../parts/drawer-card';
import { PayForm } from '../parts/pay-form';
import { PaySearch } from '../parts/pay-search';
import { ReceiptCard } from '../parts/receipt-card';

/** Who pays, and for which invoice; without one, for all that is open. */
export type Payer = {
  customer_id: string;
  customer_name: string;
  customer_number: string;
  invoice_id: string | null;
};

/** Money taken: the receipt, and what went back over the counter. */
export type Taken = { receipt: Schemas['Receipt']; change: number };

export function CashierPage() {
  const { t } = useTranslation('billing');
  const { invoice, customer } = useSearch({ strict: false }) as {
    invoice?: string;
    customer?: string;
  };
  return (
    <Stack maw={760} mx="auto" gap="md">
      <PageHead title={t('cashier')} note={t('cashier_note')} />
      <DrawerCard />
      {invoice ? (
        <ForInvoice key={invoice} id={invoice} />
      ) : customer ? (
        <ForCustomer key={customer} id={customer} />
      ) : (
        <Counter payer={null} />
      )}
    </Stack>
  );
}

function ForInvoice({ id }: { id: string }) {
  const found = api.useQuery('get', '/api/v1/invoices/{id}', { params: { path: { id } } });
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return <Loading rows={3} />;
  const { outstanding, customer_id, customer_name, customer_number } = found.data;
  const payer = { customer_id, customer_name, customer_number, invoice_id: id };
  return <Counter payer={outstanding > 0 ? payer : null} />;
}

function ForCustomer({ id }: { id: string }) {
  const found = api.useQuery('get', '/api/v1/customers/{id}', { params: { path: { id } } });
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return <Loading rows={3} />;
  const { name, number } = found.data;
  return (
    <Counter
      payer={{ customer_id: id, customer_name: name, customer_number: number, invoice_id: null }}
    />
  );
}

function Counter({ payer: named }: { payer: Payer | null }) {
  const [payer, setPayer] = useState(named);
  const [taken, setTaken] = useState<Taken | null>(null);
  const navigate = useNavigate();
  const restart = () => {
    setPayer(null);
    setTaken(null);
    // the address names nobody any more
    if (named) void navigate({ to: path.cashier(), replace: true });
  };
  if (!payer) return <PaySearch onChoose={setPayer} />;
  if (taken) return <ReceiptCard taken={taken} payer={payer} onNext={restart} />;
  return <PayForm payer={payer} onBack={restart} onTaken={setTaken} />;
}
