// Following who was registered, until the line is active.
import { Alert, Stack, Stepper } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { stepOf } from '../steps';

export function PartnerLeadPage() {
  const { t } = useTranslation('partner');
  const { id } = useParams({ strict: false }) as { id: string };
  const found = api.useQuery(
    'get',
    '/api/v1/leads/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  const customer = found.data?.customer_id ?? '';
  const owner = api.useQuery(
    'get',
    '/api/v1/customers/{id}',
    { params: { path: { id: customer } } },
    { enabled: customer !== '', refetchInterval: 15_000 },
  );
  if (found.isPending) return <Loading rows={5} />;
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  const lead = found.data;
  const line = owner.data?.subscriptions.find(
    (one) => one.subscription_id === lead.subscription_id,
  );
  const ended = ['rejected', 'lost', 'waitlisted'].includes(lead.state);
  return (
    <Stack>
      <PageHead title={lead.name} badge={<StateBadge kind="lead" state={lead.state} />} />
      {ended && (
        <Alert
          color="amber"
          icon={<Icon name="warning" />}
          title={t(`lead_${lead.state}` as never)}
        >
          {lead.reason}
        </Alert>
      )}
      <Panel title={t('progress')}>
        <Stepper
          active={stepOf(lead.state, line?.state)}
          orientation="vertical"
          size="sm"
          allowNextStepsSelect={false}
        >
          <Stepper.Step
            label={t('step_registered')}
            description={<Instant at={lead.created_at} />}
          />
          <Stepper.Step
            label={t('step_verified')}
            description={
              lead.verified_at ? <Instant at={lead.verified_at} /> : t('step_verified_hint')
            }
          />
          <Stepper.Step label={t('step_scheduled')} description={t('step_scheduled_hint')} />
          <Stepper.Step label={t('step_installed')} description={t('step_installed_hint')} />
          <Stepper.Step label={t('step_active')} />
        </Stepper>
      </Panel>
      {lead.customer_id && (
        <ButtonTo to={path.partnerCustomer(lead.customer_id)} size="md">
          {t('to_customer')}
        </ButtonTo>
      )}
      <Panel title={t('contact')}>
        <Facts
          items={[
            [t('phone'), formatPhone(lead.phone)],
            [t('address'), lead.address],
            [t('plan'), lead.plan_name],
          ]}
        />
      </Panel>
    </Stack>
  );
}
