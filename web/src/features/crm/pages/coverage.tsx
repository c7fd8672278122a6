import { Button, Group, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/api/session';
import type { Place } from '@/lib/geo';
import { useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { ActionButton } from '@/ui/action';
import { Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { AreaMap, type MapArea } from '@/ui/map';
import { Failed, NoPermission, PageHead } from '@/ui/states';
import { useNetworkOnMap, usePins } from '../coverage';
import { AreaForm } from '../parts/area-form';
import { AreaList } from '../parts/area-list';
import { CoverageAnswer } from '../parts/coverage-answer';
import { Legend } from '../parts/legend';
import { EditOdp, NewOdp } from '../parts/odp-form';

/** What a tap on the map does: asks about a place, draws a border, or puts an ODP. */
type Mode = { kind: 'ask' } | { kind: 'draw'; corners: Place[]; area?: MapArea } | { kind: 'odp' };
type Drawer =
  | { kind: 'area'; area?: MapArea; corners?: Place[] }
  | { kind: 'new_odp'; place: Place }
  | { kind: 'edit_odp'; id: string }
  | null;

const ASK: Mode = { kind: 'ask' };

/** The place that is asked about stands in the address: it can be sent to somebody. */
function placeIn({ lat, lon }: Record<string, string | undefined>): Place | null {
  const at = { lat: Number(lat), lon: Number(lon) };
  return lat && lon && Number.isFinite(at.lat) && Number.isFinite(at.lon) ? at : null;
}

export function CoveragePage() {
  const { t } = useTranslation(['crm', 'common']);
  const can = useCan();
  const navigate = useNavigate();
  const network = useNetworkOnMap();
  const people = usePins();
  const state = useListState();
  const place = placeIn(state.filters);
  const [odp, setOdp] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>(ASK);
  const [drawer, setDrawer] = useState<Drawer>(null);
  if (!can('coverage_read').allowed) return <NoPermission />;
  const write = can('coverage_write');
  const chosen = network.odps.find((one) => one.id === odp);
  const corners = mode.kind === 'draw' ? mode.corners : undefined;

  const onPlace = (at: Place) => {
    if (mode.kind === 'draw') setMode({ ...mode, corners: [...mode.corners, at] });
    else if (mode.kind === 'odp') setDrawer({ kind: 'new_odp', place: at });
    else {
      setOdp(null);
      state.set({ lat: at.lat.toFixed(6), lon: at.lon.toFixed(6) });
    }
  };
  const close = () => {
    setDrawer(null);
    setMode(ASK);
  };

  return (
    <>
      <PageHead title={t('coverage')} note={t('coverage_note')}>
        {mode.kind === 'ask' ? (
          <>
            <ActionButton
              variant="default"
              verdict={write}
              leftSection={<Icon name="plus" size={16} />}
              onClick={() => setMode({ kind: 'odp' })}
            >
              {t('odp_new')}
            </ActionButton>
            <ActionButton
              variant="default"
              verdict={write}
              leftSection={<Icon name="plus" size={16} />}
              onClick={() => setMode({ kind: 'draw', corners: [] })}
            >
              {t('draw')}
            </ActionButton>
          </>
        ) : (
          <Drawing
            mode={mode}
            change={setMode}
            done={(drawn) => setDrawer({ kind: 'area', area: drawn.area, corners: drawn.corners })}
          />
        )}
      </PageHead>
      <Stack>
        {network.error ? <Failed error={network.error} /> : null}
        {people.error ? <Failed error={people.error} /> : null}
        <AreaMap
          height="max(360px, calc(100dvh - 330px))"
          label={t('coverage')}
          areas={network.areas}
          odps={network.odps}
          people={people.pins?.items}
          pin={place}
          draft={corners}
          onPlace={onPlace}
          onOdp={setOdp}
          onPerson={(id) => void navigate({ to: path.customer(id) })}
          onBox={people.look}
        />
        <Legend />
        {people.pins?.more && (
          <Text size="sm" c="dimmed">
            {t('pins_more')}
          </Text>
        )}
        {chosen ? (
          <Panel
            title={chosen.code}
            tools={
              <ActionButton
                size="xs"
                variant="default"
                verdict={write}
                onClick={() => setDrawer({ kind: 'edit_odp', id: chosen.id })}
              >
                {t('odp_edit')}
              </ActionButton>
            }
          >
            <Text size="sm">{t('odp_ports', { free: chosen.free, ports: chosen.ports })}</Text>
          </Panel>
        ) : (
          <Group align="stretch" gap="md">
            <div style={{ flex: 1 }}>
              <CoverageAnswer place={place} />
            </div>
            {place && can('lead_write').allowed && (
              <ButtonTo
                to={path.newLead({ lat: place.lat.toFixed(6), lon: place.lon.toFixed(6) })}
                leftSection={<Icon name="plus" size={16} />}
              >
                {t('lead_here')}
              </ButtonTo>
            )}
          </Group>
        )}
        {write.allowed && (
          <AreaList
            areas={network.areas}
            onRename={(area) => setDrawer({ kind: 'area', area })}
            onRedraw={(area) => setMode({ kind: 'draw', corners: [], area })}
          />
        )}
      </Stack>
      <FormDrawer
        opened={drawer?.kind === 'area'}
        close={() => setDrawer(null)}
        title={drawer?.kind === 'area' && drawer.area ? drawer.area.name : t('draw_title')}
      >
        {drawer?.kind === 'area' && (
          <AreaForm area={drawer.area} corners={drawer.corners} done={close} />
        )}
      </FormDrawer>
      <FormDrawer opened={drawer?.kind === 'new_odp'} close={close} title={t('odp_new')}>
        {drawer?.kind === 'new_odp' && <NewOdp place={drawer.place} close={close} />}
      </FormDrawer>
      <FormDrawer opened={drawer?.kind === 'edit_odp'} close={close} title={t('odp_edit')}>
        {drawer?.kind === 'edit_odp' && <EditOdp id={drawer.id} close={close} />}
      </FormDrawer>
    </>
  );
}

type Draw = Extract<Mode, { kind: 'draw' }>;

/** What to tap, and the ways out. */
function Drawing(props: {
  mode: Exclude<Mode, { kind: 'ask' }>;
  change: (mode: Mode) => void;
  done: (mode: Draw) => void;
}) {
  const { t } = useTranslation(['crm', 'common']);
  const { mode, change, done } = props;
  return (
    <Group gap={8}>
      <Text size="sm" c="dimmed">
        {mode.kind === 'draw'
          ? t('draw_hint', { corners: mode.corners.length })
          : t('odp_place_hint')}
      </Text>
      <Button variant="default" onClick={() => change(ASK)}>
        {t('common:cancel')}
      </Button>
      {mode.kind === 'draw' && (
        <>
          <Button
            variant="default"
            disabled={mode.corners.length === 0}
            onClick={() => change({ ...mode, corners: mode.corners.slice(0, -1) })}
          >
            {t('draw_undo')}
          </Button>
          <Button disabled={mode.corners.length < 3} onClick={() => done(mode)}>
            {t('draw_done')}
          </Button>
        </>
      )}
    </Group>
  );
}
