// One RADIUS account: who logs in, with what, from which device, and what the routers were told.
import { Alert, Grid, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { ConfirmAction } from '@/ui/action';
import { Age, Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { FormAction } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { AccountHistory } from '../parts/account-history';
import { Credentials, LimitsForm, MacForm, PasswordForm, RenameForm } from '../parts/account-forms';

type Account = Schemas['AccountView'];

export function AccountPage() {
  const { t } = useTranslation(['network', 'common']);
  const id = useId();
  const can = useCan();
  const found = api.useQuery(
    'get',
    '/api/v1/accounts/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading />;
  const account = found.data;
  const change = can('account_write', account, 'change');
  return (
    <>
      <PageHead
        title={<span className="serial">{account.username}</span>}
        badge={account.desired && <StateBadge kind="access" state={account.desired} />}
        note={
          <To size="sm" to={path.customer(account.customer_id)}>
            {account.customer_name} · {account.subscription_number}
          </To>
        }
      >
        <FormAction
          label={t('reveal')}
          variant="default"
          verdict={can('account_write', account, 'reveal')}
        >
          {() => <Credentials id={account.id} />}
        </FormAction>
        <FormAction label={t('password_set')} variant="default" verdict={change}>
          {(close) => <PasswordForm account={account} close={close} />}
        </FormAction>
        <FormAction label={t('rename')} variant="default" verdict={change}>
          {(close) => <RenameForm account={account} close={close} />}
        </FormAction>
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack>
            <State account={account} />
            <Device account={account} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <AccountHistory subscription={account.subscription_id} />
        </Grid.Col>
      </Grid>
    </>
  );
}

function State({ account }: { account: Account }) {
  const { t } = useTranslation(['network', 'common']);
  const can = useCan();
  return (
    <Panel
      title={t('account')}
      tools={
        <FormAction
          size="compact-sm"
          variant="default"
          label={t('limits')}
          verdict={can('account_write', account, 'change')}
        >
          {(close) => <LimitsForm account={account} close={close} />}
        </FormAction>
      }
    >
      <Facts
        items={[
          [t('common:state'), t(`account_${account.state}` as never)],
          [t('why'), account.reason],
          [t('enforced'), account.enforced === true ? t('yes') : t('no')],
          [
            t('sessions'),
            account.session_state ? (
              <span key="s">
                <StateBadge kind="session" state={account.session_state} />{' '}
                <span className="serial">{account.session_ip}</span>{' '}
                <Age since={account.session_since} />
              </span>
            ) : (
              t('offline')
            ),
          ],
          [t('fixed_ip'), account.fixed_ip],
          [t('sessions_max'), account.sessions_max],
          [t('kind'), account.kind],
          [t('common:branch'), account.branch_name],
        ]}
      />
    </Panel>
  );
}

function Device({ account }: { account: Account }) {
  const { t } = useTranslation('network');
  const can = useCan();
  const quiet = { meta: { quiet: true } };
  const accept = api.useMutation('post', '/api/v1/accounts/{id}/accept-mac', quiet);
  const unlock = api.useMutation('post', '/api/v1/accounts/{id}/unlock-mac', quiet);
  const params = { path: { id: account.id } };
  const change = can('account_write', account, 'change');
  return (
    <Panel
      title={t('mac_lock')}
      tools={
        <FormAction size="compact-sm" variant="default" label={t('mac_set')} verdict={change}>
          {(close) => <MacForm account={account} close={close} />}
        </FormAction>
      }
    >
      <Stack>
        {account.mac_differs && (
          <Alert color="amber" icon={<Icon name="warning" />}>
            <Stack gap={8} align="flex-start">
              {t('mac_differs_text')}
              <ConfirmAction
                size="compact-sm"
                verdict={change}
                title={t('mac_accept_title')}
                text={t('mac_accept_text')}
                confirm={t('mac_accept')}
                onConfirm={() => accept.mutateAsync({ params })}
              >
                {t('mac_accept')}
              </ConfirmAction>
            </Stack>
          </Alert>
        )}
        <Facts
          items={[
            [
              t('mac_allowed'),
              <span key="m" className="serial">
                {account.mac ?? '–'}
              </span>,
            ],
            [
              t('mac_scanned'),
              <span key="s" className="serial">
                {account.mac_scanned ?? '–'}
              </span>,
            ],
            [t('mac_policy'), t(`mac_policy_${account.mac_policy}` as never)],
            [t('mac_open_until'), <Instant key="o" at={account.mac_open_until} />],
          ]}
        />
        <ConfirmAction
          size="compact-sm"
          variant="default"
          verdict={change}
          title={t('mac_unlock_title')}
          text={t('mac_unlock_text')}
          confirm={t('mac_unlock')}
          onConfirm={() => unlock.mutateAsync({ params })}
        >
          {t('mac_unlock')}
        </ConfirmAction>
      </Stack>
    </Panel>
  );
}
