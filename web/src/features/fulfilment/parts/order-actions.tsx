import { Group, Textarea } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { ActionButton, ConfirmAction } from '@/ui/action';
import { FormBody, FormDrawer } from '@/ui/form';
import { DispatchForm } from './dispatch-form';

type Order = Schemas['WorkOrder'];
type Drawer = 'dispatch' | 'reschedule' | 'review' | null;

/** What can be done with a work order now; what cannot has its reason. */
export function OrderActions({ order }: { order: Order }) {
  const { t } = useTranslation('fulfilment');
  const can = useCan();
  const [drawer, setDrawer] = useState<Drawer>(null);
  const close = () => setDrawer(null);
  const quiet = { meta: { quiet: true } };
  const cancel = api.useMutation('post', '/api/v1/work-orders/{id}/cancel', quiet);
  const confirm = api.useMutation('post', '/api/v1/work-orders/{id}/confirm', quiet);
  const own = api.useMutation('post', '/api/v1/work-orders/{id}/approve-own-device', quiet);
  const params = { path: { id: order.id } };
  const closed = order.state === 'done' || order.state === 'cancelled';
  const confirmable = can('account_write', order, 'confirm');
  const approvable = can('work_order_dispatch', order, 'approve_own_device');
  const dispatch = can('work_order_dispatch');
  return (
    <Group gap={8}>
      {order.review && dispatch.allowed && (
        <ActionButton onClick={() => setDrawer('review')}>{t('review_done')}</ActionButton>
      )}
      {confirmable.allowed && (
        <ConfirmAction
          variant="default"
          title={t('confirm_title')}
          text={t('confirm_text')}
          confirm={t('confirm')}
          onConfirm={() => confirm.mutateAsync({ params })}
        >
          {t('confirm')}
        </ConfirmAction>
      )}
      {approvable.allowed && !order.own_device_ok && (
        <ConfirmAction
          variant="default"
          title={t('own_approve_title')}
          text={t('own_approve_text')}
          confirm={t('own_approve')}
          onConfirm={() => own.mutateAsync({ params })}
        >
          {t('own_approve')}
        </ConfirmAction>
      )}
      {!closed && (
        <>
          <ConfirmAction
            variant="default"
            color="red"
            verdict={can('work_order_write', order, 'cancel')}
            title={t('cancel_title')}
            text={t('cancel_text')}
            confirm={t('cancel_order')}
            reason={t('reason')}
            onConfirm={(reason) => cancel.mutateAsync({ params, body: { reason } })}
          >
            {t('cancel_order')}
          </ConfirmAction>
          {order.technicians.length > 0 && (
            <ActionButton
              variant="default"
              verdict={can('work_order_dispatch', order, 'reschedule')}
              onClick={() => setDrawer('reschedule')}
            >
              {t('reschedule')}
            </ActionButton>
          )}
          <ActionButton
            verdict={can('work_order_dispatch', order, 'assign')}
            onClick={() => setDrawer('dispatch')}
          >
            {t(order.technicians.length > 0 ? 'dispatch_others' : 'dispatch')}
          </ActionButton>
        </>
      )}
      <FormDrawer
        opened={drawer === 'dispatch'}
        close={close}
        title={t('dispatch_title', { number: order.number })}
      >
        <DispatchForm order={order} close={close} />
      </FormDrawer>
      <FormDrawer opened={drawer === 'reschedule'} close={close} title={t('reschedule')}>
        <RescheduleForm order={order} close={close} />
      </FormDrawer>
      <FormDrawer opened={drawer === 'review'} close={close} title={t('review_done')}>
        <ReviewForm order={order} close={close} />
      </FormDrawer>
    </Group>
  );
}

type FormProps = { order: Order; close: () => void };

function RescheduleForm({ order, close }: FormProps) {
  const { t } = useTranslation(['fulfilment', 'common']);
  const today = useToday();
  const move = api.useMutation('post', '/api/v1/work-orders/{id}/reschedule', {
    meta: { quiet: true },
  });
  const form = useForm({
    initialValues: { scheduled_on: order.scheduled_on ?? today },
    validate: { scheduled_on: (value) => (value ? null : t('common:required')) },
  });
  const submit = async (body: typeof form.values) => {
    await move.mutateAsync({ params: { path: { id: order.id } }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('reschedule')} cancel={close}>
      <DateInput
        label={t('scheduled')}
        required
        minDate={today}
        {...form.getInputProps('scheduled_on')}
      />
    </FormBody>
  );
}

function ReviewForm({ order, close }: FormProps) {
  const { t } = useTranslation('fulfilment');
  const review = api.useMutation('post', '/api/v1/work-orders/{id}/review', {
    meta: { quiet: true },
  });
  const form = useForm({ initialValues: { note: '' } });
  const submit = async (body: typeof form.values) => {
    await review.mutateAsync({ params: { path: { id: order.id } }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('review_done')} cancel={close}>
      <Textarea label={t('review_note')} autosize minRows={3} {...form.getInputProps('note')} />
    </FormBody>
  );
}
