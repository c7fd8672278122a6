import { Badge, Button, Popover, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Age } from '@/ui/day';
import { Failed, Loading } from '@/ui/states';

const TONE: Record<string, string> = {
  online: 'teal',
  isolated: 'red',
  blocked: 'red',
  suspect: 'amber',
};

/** Whether a line is online, and since when. */
export function ConditionBadge({ condition }: { condition: string }) {
  const { t } = useTranslation('partner');
  return (
    <Badge color={TONE[condition] ?? 'gray'} variant="light" radius="sm" tt="none" fw={600}>
      {t(`condition_${condition}` as never)}
    </Badge>
  );
}

/** "Kenapa?" in plain words, asked for when it is opened. */
export function WhyButton({ subscription }: { subscription: string }) {
  const { t } = useTranslation('partner');
  return (
    <Popover width={300} shadow="md" withArrow>
      <Popover.Target>
        <Button variant="subtle" size="compact-md" px={4}>
          {t('why')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Why subscription={subscription} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Why({ subscription }: { subscription: string }) {
  const { t } = useTranslation('partner');
  const why = api.useQuery('get', '/api/v1/access/{subscription}/why', {
    params: { path: { subscription } },
  });
  if (why.isPending) return <Loading rows={2} />;
  if (why.error) return <Failed error={why.error} again={() => void why.refetch()} />;
  return (
    <Stack gap={6}>
      <Text size="sm">{why.data.sentence}</Text>
      {why.data.changes && (
        <Text size="sm" c="dimmed">
          {t('changes', { what: why.data.changes })}
        </Text>
      )}
      {why.data.since && (
        <Text size="xs" c="dimmed" component="div">
          {t('since')} <Age since={why.data.since} />
        </Text>
      )}
    </Stack>
  );
}
