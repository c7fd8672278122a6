import { Button, Menu, Text } from '@mantine/core';
import { type ComponentType, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/api/session';
import type { Verdict } from '@/lib/can';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { QuotaForm } from './quota-form';
import {
  AheadForm,
  CancelForm,
  type Chain,
  ExtraForm,
  type FormProps,
  HoldForm,
  PauseForm,
  PlanForm,
  PromiseForm,
  TerminateForm,
  VoucherForm,
} from './subscription-forms';

const FORMS = {
  promise: PromiseForm,
  plan: PlanForm,
  ahead: AheadForm,
  voucher: VoucherForm,
  extra: ExtraForm,
  quota: QuotaForm,
  pause: PauseForm,
  hold: HoldForm,
  cancel: CancelForm,
  terminate: TerminateForm,
} satisfies Record<string, ComponentType<FormProps>>;

type ActionKey = keyof typeof FORMS;

/** What can be done with a subscription; what cannot is there with its reason. */
export function SubscriptionActions({ chain }: { chain: Chain }) {
  const { t } = useTranslation('chain');
  const can = useCan();
  const [doing, setDoing] = useState<ActionKey | null>(null);
  const close = () => setDoing(null);
  const write = can('subscription_write');
  const before = chain.state === 'pending_install' || chain.state === 'ready';
  const ended = chain.state === 'terminated' || chain.state === 'cancelled';
  const verdicts: [ActionKey, Verdict][] = [
    ['promise', can('promise_write', chain, 'promise')],
    ['plan', can('subscription_write', chain, 'change_plan')],
    ...(chain.mode === 'prepaid' && !ended
      ? ([
          ['ahead', write],
          ['voucher', write],
        ] as [ActionKey, Verdict][])
      : []),
    ...(ended
      ? []
      : ([
          ['extra', write],
          ['quota', write],
        ] as [ActionKey, Verdict][])),
    ['pause', can('subscription_write', chain, 'pause')],
    ['hold', holdVerdict(can, chain)],
    ...(before ? ([['cancel', write]] as [ActionKey, Verdict][]) : []),
    ['terminate', can('subscription_write', chain, 'terminate')],
  ];
  const Form = doing ? FORMS[doing] : null;
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={300}>
        <Menu.Target>
          <Button size="sm" variant="default" rightSection={<Icon name="down" size={14} />}>
            {t('actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {verdicts.map(([key, verdict]) => (
            <Menu.Item
              key={key}
              color={key === 'terminate' || key === 'cancel' ? 'red' : undefined}
              disabled={!verdict.allowed}
              onClick={() => setDoing(key)}
            >
              {t(`do_${key}`)}
              {!verdict.allowed && (
                <Text size="xs" c="dimmed">
                  {verdict.reason}
                </Text>
              )}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <FormDrawer opened={doing != null} close={close} title={doing ? t(`do_${doing}`) : ''}>
        {Form && <Form chain={chain} close={close} />}
      </FormDrawer>
    </>
  );
}

/** The abuse hold is NOC's, the manual one finance's and the owner's. */
function holdVerdict(can: ReturnType<typeof useCan>, chain: Chain): Verdict {
  const manual = can('hold_manual_write', chain, 'hold');
  return manual.allowed ? manual : can('hold_abuse_write', chain, 'hold');
}
