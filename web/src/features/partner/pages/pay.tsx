// Paying a customer's invoice from the balance: what leaves it is said before it leaves.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { formatMoney } from '@/lib/money';
import { file, path } from '@/lib/path';
import { keyed, useRequestKey } from '@/lib/request-key';
import { Facts, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile, ButtonTo, To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Failed, Loading, PageHead, problemText } from '@/ui/states';
import { Own } from '../own';

type Paid = Schemas['PaidFromWallet'];

export function PartnerPayPage() {
  return <Own>{(partner) => <Pay partner={partner} />}</Own>;
}

function Pay({ partner }: { partner: string }) {
  const { t } = useTranslation('partner');
  const { id } = useParams({ strict: false }) as { id: string };
  const [paid, setPaid] = useState<Paid | null>(null);
  const [refusal, setRefusal] = useState('');
  const queries = useQueryClient();
  const request = useRequestKey();
  const invoice = api.useQuery('get', '/api/v1/invoices/{id}', { params: { path: { id } } });
  const pay = api.useMutation('post', '/api/v1/wallet/{partner}/pay', { meta: { quiet: true } });
  // A paid invoice has no price any more; the news of it may be here before the answer.
  const open = !pay.isPending && !pay.isSuccess;
  const quote = api.useQuery(
    'get',
    '/api/v1/wallet/{partner}/quote',
    { params: { path: { partner }, query: { invoice_id: id } } },
    { enabled: open, retry: false, staleTime: 0 },
  );
  if (invoice.isPending) return <Loading rows={5} />;
  if (invoice.error) return <Failed error={invoice.error} again={() => void invoice.refetch()} />;
  const bill = invoice.data;
  if (paid) return <Done paid={paid} bill={bill} />;
  if (quote.isPending) return <Loading rows={5} />;
  if (quote.error) return <Failed error={quote.error} again={() => void quote.refetch()} />;
  const price = quote.data;

  const send = async () => {
    setRefusal('');
    try {
      const done = await pay.mutateAsync({
        params: { path: { partner } },
        body: { invoice_id: id, expected_net: price.net },
        ...keyed(request.key()),
      });
      request.done();
      setPaid(done);
      void queries.invalidateQueries();
    } catch (error) {
      if (!Problem.from(error).passes) request.done();
      setRefusal(problemText(error));
      void quote.refetch();
    }
  };

  return (
    <Stack>
      <PageHead
        title={t('pay_title')}
        note={
          <To size="sm" to={path.partnerCustomer(bill.customer_id)}>
            {bill.customer_name} · {bill.number}
          </To>
        }
      />
      <Panel>
        <Facts
          items={[
            [t('customer_pays'), <Money key="o" amount={price.open} bold />],
            [t('commission_yours'), <Money key="c" amount={price.commission} tone="in" />],
            [t('leaves_balance'), <Money key="n" amount={price.net} bold size={22} />],
            [t('balance_now'), <Money key="b" amount={price.balance} />],
            [t('balance_then'), <Money key="a" amount={price.balance - price.net} />],
          ]}
        />
        {price.formula && (
          <Text size="sm" c="dimmed" mt={8}>
            {t('formula')}: {price.formula}
          </Text>
        )}
      </Panel>
      {price.missing > 0 && (
        <Alert color="amber" icon={<Icon name="warning" />}>
          <Stack gap={8} align="flex-start">
            {t('missing', { amount: formatMoney(price.missing) })}
            <ButtonTo to={path.partnerTopUp()} size="sm">
              {t('top_up')}
            </ButtonTo>
          </Stack>
        </Alert>
      )}
      {refusal && (
        <Alert color="red" icon={<Icon name="warning" />} role="alert">
          {refusal}
        </Alert>
      )}
      <Button
        size="lg"
        loading={pay.isPending}
        disabled={price.missing > 0}
        onClick={() => void send()}
      >
        {t('pay_from_balance', { amount: formatMoney(price.net) })}
      </Button>
    </Stack>
  );
}

type Bill = { customer_id: string; customer_name: string; number?: string | null };

function Done({ paid, bill }: { paid: Paid; bill: Bill }) {
  const { t } = useTranslation('partner');
  const text = t('share_text', {
    name: bill.customer_name,
    amount: formatMoney(paid.amount),
    number: bill.number ?? '',
    receipt: paid.receipt_number ?? '',
  });
  return (
    <Alert color="money" icon={<Icon name="check" />} title={t('paid')}>
      <Stack>
        <div>
          <Money amount={paid.amount} tone="in" bold size={28} />
          <Text size="sm">
            {bill.customer_name} · {paid.receipt_number}
          </Text>
        </div>
        <Facts
          items={[
            [t('left_balance'), <Money key="n" amount={paid.net} />],
            [t('commission_yours'), <Money key="c" amount={paid.commission} tone="in" />],
            [t('balance_now'), <Money key="b" amount={paid.wallet.balance} bold />],
          ]}
        />
        <Group gap={8}>
          <Button
            component="a"
            href={`https://wa.me/?text=${encodeURIComponent(text)}`}
            target="_blank"
            rel="noopener noreferrer"
            leftSection={<Icon name="message" size={16} />}
          >
            {t('share')}
          </Button>
          <ButtonFile href={file.receipt(paid.payment_id, '58mm')} variant="default">
            {t('receipt')}
          </ButtonFile>
          <ButtonTo to={path.partnerCustomer(bill.customer_id)} variant="default">
            {t('to_customer')}
          </ButtonTo>
        </Group>
      </Stack>
    </Alert>
  );
}
