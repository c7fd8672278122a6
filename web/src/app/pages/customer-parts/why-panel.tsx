import { ActionIcon, Alert, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Instant } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { Failed, Loading } from '@/ui/states';
import { Timeline } from '@/ui/timeline';

/** Kenapa?: the cause, the sentence for the customer, the evidence, what would change it. */
export function WhyPanel({ subscription }: { subscription: string }) {
  const { t } = useTranslation('chain');
  const found = api.useQuery(
    'get',
    '/api/v1/why/{subscription}',
    { params: { path: { subscription } } },
    { staleTime: 0 },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={4} />;
  const why = found.data;
  return (
    <Stack>
      {why.since && (
        <Text size="sm" c="dimmed" component="div">
          {t('why_since')} <Instant at={why.since} />
        </Text>
      )}
      <Alert color="teal" icon={<Icon name="message" />} title={t('why_say')}>
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Text size="sm">{why.say}</Text>
          <CopyButton value={why.say}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? t('copied') : t('copy')}>
                <ActionIcon variant="subtle" aria-label={t('copy')} onClick={copy}>
                  <Icon name={copied ? 'check' : 'file'} size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </CopyButton>
        </Group>
      </Alert>
      {why.changes && (
        <Text size="sm">
          <b>{t('why_changes')}</b> {why.changes}
        </Text>
      )}
      <Timeline
        items={why.steps.map((step, index) => ({
          key: `${index}-${step.kind}`,
          at: step.at ?? null,
          icon: step.ok ? 'check' : 'warning',
          color: step.ok ? 'teal' : 'red',
          title: step.text,
          note: step.ref ?? undefined,
        }))}
      />
    </Stack>
  );
}
