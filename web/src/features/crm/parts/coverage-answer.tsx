import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatDistance, type Place } from '@/lib/geo';
import { Icon } from '@/ui/icon';
import { Failed, Loading } from '@/ui/states';

/** Whether a place can be served, and from which ODP. */
export function CoverageAnswer({ place }: { place: Place | null }) {
  const { t } = useTranslation('crm');
  const answer = api.useQuery(
    'get',
    '/api/v1/coverage',
    { params: { query: { lat: place?.lat ?? 0, lon: place?.lon ?? 0 } } },
    { enabled: place != null, staleTime: 30_000 },
  );
  if (!place)
    return (
      <Text size="sm" c="dimmed">
        {t('coverage_no_place')}
      </Text>
    );
  if (answer.isPending) return <Loading rows={1} />;
  if (answer.error) return <Failed error={answer.error} again={() => void answer.refetch()} />;
  const found = answer.data;
  if (!found.known) {
    return (
      <Alert color="gray" icon={<Icon name="question" />} title={t('coverage_unknown')}>
        {t('coverage_unknown_hint')}
      </Alert>
    );
  }
  if (found.covered && found.distance_m != null) {
    const distance = formatDistance(found.distance_m);
    return (
      <Alert
        color="teal"
        icon={<Icon name="check" />}
        title={found.area ? t('coverage_yes', { area: found.area.name }) : t('coverage_served')}
      >
        {found.odp
          ? t('coverage_odp', { code: found.odp.code, ports: found.odp.free_ports, distance })
          : t('coverage_port', { distance })}
      </Alert>
    );
  }
  return (
    <Alert
      color="amber"
      icon={<Icon name="warning" />}
      title={found.area ? t('coverage_no_port', { area: found.area.name }) : t('coverage_no')}
    >
      {found.area ? t('coverage_no_port_hint') : t('coverage_no_hint')}
    </Alert>
  );
}
