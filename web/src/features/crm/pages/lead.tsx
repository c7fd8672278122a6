import { Alert, Grid, Group, List, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatPlace, type Place } from '@/lib/geo';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { ActionButton, ConfirmAction } from '@/ui/action';
import { Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonTo, To } from '@/ui/link';
import { AreaMap } from '@/ui/map';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { useNetworkOnMap } from '../coverage';
import { ConvertForm } from '../parts/convert-form';
import { CoverageAnswer } from '../parts/coverage-answer';
import { EditLead } from '../parts/edit-lead';

type Lead = Schemas['LeadDetail'];

export function LeadPage() {
  const { t } = useTranslation(['crm', 'common']);
  const id = useId();
  const found = api.useQuery('get', '/api/v1/leads/{id}', { params: { path: { id } } });
  const network = useNetworkOnMap();
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const lead = found.data;
  const place: Place | null =
    lead.lat != null && lead.lon != null ? { lat: lead.lat, lon: lead.lon } : null;
  return (
    <>
      <PageHead
        title={lead.name}
        note={formatPhone(lead.phone)}
        badge={<StateBadge kind="lead" state={lead.state} />}
      >
        <LeadActions lead={lead} />
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack>
            <Duplicates lead={lead} />
            <Panel title={t('lead_facts')}>
              <Facts
                items={[
                  [
                    t('phone'),
                    <a key="p" href={`tel:${lead.phone}`}>
                      {formatPhone(lead.phone)}
                    </a>,
                  ],
                  [t('address'), lead.address],
                  [t('plan'), lead.plan_name],
                  [t('mode'), lead.mode && t(`mode_${lead.mode}` as never)],
                  [t('email'), lead.email],
                  [t('common:branch'), lead.branch_name],
                  [t('nik'), lead.has_nik ? t('nik_sealed') : null],
                  [t('nearest_odp'), lead.odp_code],
                  [t('channel'), t(`channel_${lead.channel}` as never)],
                  [t('sold_by'), lead.sold_by_name],
                  [t('registered'), <Instant key="a" at={lead.created_at} />],
                  [t('note'), lead.note],
                  [t('reason'), lead.reason],
                ]}
              />
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Panel title={t('place_title')}>
            <Stack>
              <CoverageAnswer place={place} />
              {place && (
                <AreaMap
                  height={320}
                  label={formatPlace(place)}
                  pin={place}
                  areas={network.areas}
                  odps={network.odps}
                />
              )}
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Duplicates({ lead }: { lead: Lead }) {
  const { t } = useTranslation('crm');
  if (lead.duplicates.length === 0) return null;
  return (
    <Alert color="amber" icon={<Icon name="warning" />} title={t('duplicates')}>
      <List size="sm" spacing={4}>
        {lead.duplicates.map((one) => (
          <List.Item key={one.id ?? `${one.kind}-${one.reason}`}>
            {one.id ? (
              <To
                size="sm"
                to={one.kind === 'customer' ? path.customer(one.id) : path.lead(one.id)}
              >
                {one.name ?? '–'}
              </To>
            ) : (
              t(`duplicate_elsewhere_${one.kind}` as never)
            )}{' '}
            · {t(`duplicate_${one.reason}` as never)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function LeadActions({ lead }: { lead: Lead }) {
  const { t } = useTranslation('crm');
  const can = useCan();
  const [converting, convert] = useDisclosure(false);
  const [editing, edit] = useDisclosure(false);
  const amendable = can('lead_write', lead, 'amend');
  const quiet = { meta: { quiet: true } };
  const verify = api.useMutation('post', '/api/v1/leads/{id}/verify');
  const reject = api.useMutation('post', '/api/v1/leads/{id}/reject', quiet);
  const waitlist = api.useMutation('post', '/api/v1/leads/{id}/waitlist', quiet);
  const lose = api.useMutation('post', '/api/v1/leads/{id}/lose', quiet);
  const params = { path: { id: lead.id } };
  if (lead.state === 'converted' && lead.customer_id) {
    return <ButtonTo to={path.customer(lead.customer_id)}>{t('open_customer')}</ButtonTo>;
  }
  if (lead.state === 'rejected' || lead.state === 'lost') return null;
  return (
    <Group gap={8}>
      <ActionButton variant="default" verdict={amendable} onClick={edit.open}>
        {t('edit')}
      </ActionButton>
      <FormDrawer opened={editing} close={edit.close} title={t('edit_title')}>
        <EditLead lead={lead} close={edit.close} />
      </FormDrawer>
      <ConfirmAction
        variant="default"
        verdict={can('lead_write', lead, 'lose')}
        title={t('lose_title')}
        text={t('lose_text')}
        confirm={t('lose')}
        reason={t('reason')}
        onConfirm={(reason) => lose.mutateAsync({ params, body: { reason } })}
      >
        {t('lose')}
      </ConfirmAction>
      {lead.state === 'new' && (
        <ConfirmAction
          variant="default"
          color="red"
          verdict={can('lead_verify', lead, 'reject')}
          title={t('reject_title')}
          text={t('reject_text')}
          confirm={t('reject')}
          reason={t('reason')}
          onConfirm={(reason) => reject.mutateAsync({ params, body: { reason } })}
        >
          {t('reject')}
        </ConfirmAction>
      )}
      {lead.state !== 'waitlisted' && (
        <ConfirmAction
          variant="default"
          verdict={can('lead_write', lead, 'waitlist')}
          title={t('waitlist_title')}
          text={t('waitlist_text')}
          confirm={t('waitlist')}
          onConfirm={() => waitlist.mutateAsync({ params, body: {} })}
        >
          {t('waitlist')}
        </ConfirmAction>
      )}
      {lead.state === 'new' && (
        <ActionButton
          verdict={can('lead_verify', lead, 'verify')}
          loading={verify.isPending}
          onClick={() => verify.mutate({ params })}
        >
          {t('verify')}
        </ActionButton>
      )}
      {lead.state !== 'new' && (
        <ActionButton verdict={can('subscription_write', lead, 'convert')} onClick={convert.open}>
          {t('convert')}
        </ActionButton>
      )}
      <FormDrawer opened={converting} close={convert.close} title={t('convert_title')}>
        <ConvertForm lead={lead} close={convert.close} />
      </FormDrawer>
    </Group>
  );
}
