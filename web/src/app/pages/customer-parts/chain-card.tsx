import { Alert, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { ActionButton } from '@/ui/action';
import { Age, Day } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { Icon, type IconName } from '@/ui/icon';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge, stateWord } from '@/ui/state-badge';
import classes from './chain-card.module.css';
import { SubscriptionActions } from './subscription-actions';
import { SubscriptionTerms } from './subscription-terms';
import { WhyPanel } from './why-panel';

type Chain = Schemas['ChainView'];

/** One subscription with everything that hangs on it. */
export function ChainCard({ chain, customer }: { chain: Chain; customer: string }) {
  const { t } = useTranslation(['chain', 'fulfilment']);
  const can = useCan();
  const [asking, ask] = useDisclosure(false);
  const mayAsk = can('why_read').allowed;
  return (
    <Panel
      title={
        <Group gap={8}>
          {chain.plan_name}
          <UnstyledButton
            onClick={ask.open}
            disabled={!mayAsk}
            aria-label={`${stateWord('subscription', chain.state)} · ${t('why')}`}
          >
            <StateBadge kind="subscription" state={chain.state} />
          </UnstyledButton>
          {chain.holds.map((hold) => (
            <Text key={hold} size="xs" c="dimmed" fw={400} component="span">
              {t(`hold_${hold}` as never)}
            </Text>
          ))}
        </Group>
      }
      tools={
        <Group gap={8}>
          <ActionButton
            size="sm"
            variant="light"
            leftSection={<Icon name="question" size={16} />}
            verdict={can('why_read')}
            onClick={ask.open}
          >
            {t('why')}
          </ActionButton>
          <SubscriptionActions chain={chain} />
        </Group>
      }
    >
      <Stack>
        <NotYetEnforced chain={chain} />
        <ol className={classes.chain}>
          <Node icon="people" label={t('subscription')}>
            <span className="serial">{chain.number}</span>
            <div className="quiet">
              {t(`mode_${chain.mode}` as never)} · <Money amount={chain.price} />
            </div>
            <div className="quiet">
              {t('active_since')} <Day day={chain.activated_on} />
            </div>
          </Node>
          <Node icon="lock" label={t('account')}>
            {chain.account ? (
              <>
                {can('account_read').allowed ? (
                  <To size="sm" to={path.networkAccount(chain.account.id)} className="serial">
                    {chain.account.username}
                  </To>
                ) : (
                  <span className="serial">{chain.account.username}</span>
                )}
                <div className="quiet serial">{chain.account.mac ?? t('mac_open')}</div>
              </>
            ) : (
              <span className="quiet">
                {t(can('account_read').allowed ? 'account_none' : 'account_hidden')}
              </span>
            )}
          </Node>
          <Node icon="box" label={t('device')}>
            {chain.item ? (
              <>
                <To size="sm" to={path.item(chain.item.serial)} className="serial">
                  {chain.item.serial}
                </To>
                <div className="quiet">{chain.item.type_name}</div>
              </>
            ) : (
              <span className="quiet">{t('device_none')}</span>
            )}
            {chain.odp && (
              <div className="quiet">
                {chain.odp.code} · {t('port', { port: chain.odp.port })}
              </div>
            )}
          </Node>
          <Node icon="network" label={t('session')}>
            {chain.session ? (
              <>
                <Group gap={6}>
                  <StateBadge kind="session" state={chain.session.state} />
                  <Age since={chain.session.started_at} />
                </Group>
                <div className="quiet serial">{chain.session.framed_ip ?? '–'}</div>
                <div className="quiet">{chain.session.nas_name}</div>
              </>
            ) : (
              <span className="quiet">{t('offline')}</span>
            )}
          </Node>
        </ol>
        {chain.work_order && (
          <Text size="sm" component="div">
            <To size="sm" to={path.workOrder(chain.work_order.id)}>
              {chain.work_order.number}
            </To>{' '}
            · {t(`fulfilment:kind_${chain.work_order.kind}` as never)} ·{' '}
            {stateWord('work_order', chain.work_order.state)}
          </Text>
        )}
        <SubscriptionTerms chain={chain} />
      </Stack>
      <FormDrawer opened={asking} close={ask.close} title={t('why')}>
        <WhyPanel
          subscription={chain.subscription_id}
          whose={{
            customer_id: customer,
            subscription_id: chain.subscription_id,
            subscriptions: [
              {
                subscription_id: chain.subscription_id,
                title: [chain.number, chain.plan_name].join(' · '),
              },
            ],
          }}
        />
      </FormDrawer>
    </Panel>
  );
}

function Node({
  icon,
  label,
  children,
}: {
  icon: IconName;
  label: string;
  children: React.ReactNode;
}) {
  return (
    <li className={classes.node}>
      <div className={classes.label}>
        <Icon name={icon} size={16} />
        {label}
      </div>
      {children}
    </li>
  );
}

/** Wanted and actual differ: both, and for how long. Never a silent spinner. */
function NotYetEnforced({ chain }: { chain: Chain }) {
  const { t } = useTranslation('chain');
  const access = chain.access;
  if (!access || access.enforced || !chain.session) return null;
  return (
    <Alert color="amber" icon={<Icon name="clock" />}>
      {t('not_enforced', { desired: stateWord('access', access.desired) })}{' '}
      <Age since={access.caused_at} />
    </Alert>
  );
}
