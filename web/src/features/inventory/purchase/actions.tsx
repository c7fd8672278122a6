import { Button, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatMoney } from '@/lib/money';
import { file, path } from '@/lib/path';
import { ConfirmAction } from '@/ui/action';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';

type Order = Schemas['PurchaseView'];

const quiet = { meta: { quiet: true } };

/** What this person can do with the order now. */
export function PurchaseActions({ order }: { order: Order }) {
  const { t } = useTranslation('purchase');
  const can = useCan();
  const writes = can('purchase_write').allowed;
  const decides = can('purchase_approve').allowed && order.state === 'submitted';
  return (
    <>
      <Print order={order} />
      {writes && <Write order={order} />}
      {decides && <Decide order={order} />}
      {order.can.receive.allowed && (
        <ButtonTo
          variant={order.state === 'received' ? 'default' : 'filled'}
          to={path.receivePurchase(order.id)}
          leftSection={<Icon name="scan" size={16} />}
        >
          {t('receive')}
        </ButtonTo>
      )}
    </>
  );
}

function Print({ order }: { order: Order }) {
  const { t } = useTranslation('purchase');
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="print" size={16} />}>
          {t('print')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['a4', 'a5'] as const).map((paper) => (
          <Menu.Item
            key={paper}
            component="a"
            href={file.purchase(order.id, paper)}
            target="_blank"
            rel="noreferrer"
          >
            {t(`print_${paper}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Write({ order }: { order: Order }) {
  const { t } = useTranslation('purchase');
  const submit = api.useMutation('post', '/api/v1/purchases/{id}/submit', quiet);
  const cancel = api.useMutation('post', '/api/v1/purchases/{id}/cancel', quiet);
  const short = api.useMutation('post', '/api/v1/purchases/{id}/close-short', quiet);
  const { number } = order;
  const params = (key: string) => ({ path: { id: order.id }, header: { 'Idempotency-Key': key } });
  return (
    <>
      {order.can.cancel.allowed && (
        <ConfirmAction
          variant="default"
          color="red"
          title={t('cancel_title', { number })}
          text={t('cancel_text')}
          confirm={t('cancel')}
          reason={t('reason')}
          onConfirm={(reason, key) => cancel.mutateAsync({ params: params(key), body: { reason } })}
        >
          {t('cancel')}
        </ConfirmAction>
      )}
      {order.can.close_short.allowed && (
        <ConfirmAction
          variant="default"
          title={t('close_short_title', { number })}
          text={t('close_short_text')}
          confirm={t('close_short')}
          reason={t('reason')}
          onConfirm={(reason, key) => short.mutateAsync({ params: params(key), body: { reason } })}
        >
          {t('close_short')}
        </ConfirmAction>
      )}
      {order.can.amend.allowed && (
        <ButtonTo
          variant="default"
          to={path.editPurchase(order.id)}
          leftSection={<Icon name="pen" size={16} />}
        >
          {t('edit')}
        </ButtonTo>
      )}
      {order.can.submit.allowed && (
        <ConfirmAction
          title={t('submit_title')}
          text={t('submit_text', {
            total: formatMoney(order.total),
            supplier: order.supplier_name,
          })}
          confirm={t('submit')}
          onConfirm={(_, key) => submit.mutateAsync({ params: params(key) })}
        >
          {t('submit')}
        </ConfirmAction>
      )}
    </>
  );
}

function Decide({ order }: { order: Order }) {
  const { t } = useTranslation('purchase');
  const can = useCan();
  const approve = api.useMutation('post', '/api/v1/purchases/{id}/approve', quiet);
  const reject = api.useMutation('post', '/api/v1/purchases/{id}/reject', quiet);
  const { number } = order;
  const params = (key: string) => ({ path: { id: order.id }, header: { 'Idempotency-Key': key } });
  return (
    <>
      <ConfirmAction
        variant="default"
        color="red"
        verdict={can('purchase_approve', order, 'reject')}
        title={t('reject_title', { number })}
        text={t('reject_text')}
        confirm={t('reject')}
        reason={t('reason')}
        onConfirm={(reason, key) => reject.mutateAsync({ params: params(key), body: { reason } })}
      >
        {t('reject')}
      </ConfirmAction>
      <ConfirmAction
        verdict={can('purchase_approve', order, 'approve')}
        title={t('approve_title', { number })}
        text={t('approve_text', {
          total: formatMoney(order.total),
          supplier: order.supplier_name,
        })}
        confirm={t('approve')}
        onConfirm={(_, key) =>
          approve.mutateAsync({ params: params(key), body: { version: order.version } })
        }
      >
        {t('approve')}
      </ConfirmAction>
    </>
  );
}
