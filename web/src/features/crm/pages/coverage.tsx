import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan, useMe } from '@/api/session';
import type { Place } from '@/lib/geo';
import { path } from '@/lib/path';
import { ActionButton } from '@/ui/action';
import { Panel } from '@/ui/facts';
import { FormBody, FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { AreaMap, type MapOdp } from '@/ui/map';
import { PageHead } from '@/ui/states';
import { useNetworkOnMap } from '../coverage';
import { CoverageAnswer } from '../parts/coverage-answer';
import { Legend } from '../parts/legend';

export function CoveragePage() {
  const { t } = useTranslation(['crm', 'common']);
  const can = useCan();
  const navigate = useNavigate();
  const network = useNetworkOnMap();
  const people = api.useQuery('get', '/api/v1/customers/pins', undefined, {
    enabled: can('customer_read').allowed,
    staleTime: 60_000,
  });
  const [place, setPlace] = useState<Place | null>(null);
  const [odp, setOdp] = useState<MapOdp | null>(null);
  const [corners, setCorners] = useState<Place[] | null>(null);
  const [naming, name] = useDisclosure(false);

  const onPlace = (at: Place) => {
    if (corners) setCorners([...corners, at]);
    else {
      setOdp(null);
      setPlace(at);
    }
  };

  return (
    <>
      <PageHead title={t('coverage')} note={t('coverage_note')}>
        {corners ? (
          <Group gap={8}>
            <Text size="sm" c="dimmed">
              {t('draw_hint', { corners: corners.length })}
            </Text>
            <Button variant="default" onClick={() => setCorners(null)}>
              {t('common:cancel')}
            </Button>
            <Button
              variant="default"
              disabled={corners.length === 0}
              onClick={() => setCorners(corners.slice(0, -1))}
            >
              {t('draw_undo')}
            </Button>
            <Button disabled={corners.length < 3} onClick={name.open}>
              {t('draw_done')}
            </Button>
          </Group>
        ) : (
          <ActionButton
            variant="default"
            verdict={can('coverage_write')}
            leftSection={<Icon name="plus" size={16} />}
            onClick={() => setCorners([])}
          >
            {t('draw')}
          </ActionButton>
        )}
      </PageHead>
      <Stack>
        <AreaMap
          height="max(360px, calc(100dvh - 330px))"
          label={t('coverage')}
          {...network}
          people={people.data?.items}
          pin={place}
          draft={corners ?? undefined}
          onPlace={onPlace}
          onOdp={(id) => setOdp(network.odps.find((one) => one.id === id) ?? null)}
          onPerson={(id) => void navigate({ to: path.customer(id) })}
        />
        <Legend />
        {odp ? (
          <Panel title={odp.code}>
            <Text size="sm">{t('odp_ports', { free: odp.free, ports: odp.ports })}</Text>
          </Panel>
        ) : (
          <Group align="stretch" gap="md">
            <div style={{ flex: 1 }}>
              <CoverageAnswer place={place} />
            </div>
            {place && (
              <ButtonTo
                to={path.newLead({ lat: place.lat.toFixed(6), lon: place.lon.toFixed(6) })}
                leftSection={<Icon name="plus" size={16} />}
              >
                {t('lead_here')}
              </ButtonTo>
            )}
          </Group>
        )}
      </Stack>
      <FormDrawer opened={naming} close={name.close} title={t('draw_title')}>
        <AreaForm
          corners={corners ?? []}
          done={() => {
            name.close();
            setCorners(null);
          }}
        />
      </FormDrawer>
    </>
  );
}

function AreaForm({ corners, done }: { corners: Place[]; done: () => void }) {
  const { t } = useTranslation(['crm', 'common']);
  const me = useMe();
  const save = api.useMutation('post', '/api/v1/areas', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      name: '',
      branch_id: me.branch_id ?? (me.branches.length === 1 ? (me.branches[0]?.id ?? '') : ''),
    },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      branch_id: (value) => (value ? null : t('common:required')),
    },
  });
  const submit = async (values: typeof form.values) => {
    const ring = corners.map((one) => [one.lon, one.lat]);
    const first = ring[0];
    if (first) ring.push(first);
    await save.mutateAsync({
      body: { ...values, polygon: { type: 'Polygon', coordinates: [ring] } as never },
    });
    done();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')}>
      <TextInput label={t('area_name')} required data-autofocus {...form.getInputProps('name')} />
      <Select
        label={t('common:branch')}
        required
        data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('branch_id')}
      />
    </FormBody>
  );
}
