import { Button, Grid, Group, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { ActionButton } from '@/ui/action';
import { Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, NoPermission, PageHead } from '@/ui/states';
import { CountedForm } from '../parts/counted-form';
import { PlaceForm } from '../parts/place-form';
import { TypeForm } from '../parts/type-form';

type Doing = 'counted' | 'place' | 'type' | null;

/** Warehouses, bags and the other places, with what they hold; and the types of things. */
export function PlacesPage() {
  const { t } = useTranslation(['inventory', 'common']);
  const can = useCan();
  const [place, setPlace] = useState<string | null>(null);
  const [doing, setDoing] = useState<Doing>(null);
  const close = () => setDoing(null);
  const locations = api.useQuery('get', '/api/v1/locations');
  if (!can('stock_read').allowed) return <NoPermission />;
  const places = locations.data?.items ?? [];
  const open = places.find((one) => one.id === place) ?? places[0];
  const write = can('stock_write');
  return (
    <>
      <PageHead title={t('places')} note={t('places_note')}>
        <ActionButton variant="default" verdict={write} onClick={() => setDoing('place')}>
          {t('place_add')}
        </ActionButton>
        <ActionButton verdict={write} onClick={() => setDoing('counted')}>
          {t('counted_move')}
        </ActionButton>
      </PageHead>
      {locations.isPending && <Loading />}
      {locations.error && <Failed error={locations.error} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title={t('places')} flush>
            {places.map((one) => (
              <UnstyledButton
                key={one.id}
                w="100%"
                px="md"
                py={8}
                aria-pressed={one.id === open?.id}
                bg={one.id === open?.id ? 'var(--mantine-primary-color-light)' : undefined}
                onClick={() => setPlace(one.id)}
              >
                <Group justify="space-between" wrap="nowrap">
                  <div>
                    <Text size="sm" fw={600}>
                      {one.name}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {t(`location_${one.kind}` as never)}
                    </Text>
                  </div>
                  <Text size="sm" className="number">
                    {t('items_count', { n: one.items })}
                  </Text>
                </Group>
              </UnstyledButton>
            ))}
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            {open && <Held place={open} />}
            <Types
              tools={
                <Button size="xs" variant="default" onClick={() => setDoing('type')}>
                  {t('type_add')}
                </Button>
              }
              may={write.allowed}
            />
          </Stack>
        </Grid.Col>
      </Grid>
      <FormDrawer opened={doing === 'counted'} close={close} title={t('counted_move')}>
        <CountedForm places={places} close={close} />
      </FormDrawer>
      <FormDrawer opened={doing === 'place'} close={close} title={t('place_add')}>
        <PlaceForm close={close} />
      </FormDrawer>
      <FormDrawer opened={doing === 'type'} close={close} title={t('type_add')}>
        <TypeForm close={close} />
      </FormDrawer>
    </>
  );
}

/** The counted stock of a place, and the way to its devices. */
function Held({ place }: { place: Schemas['LocationView'] }) {
  const { t } = useTranslation('inventory');
  const stock = api.useQuery('get', '/api/v1/locations/{id}/stock', {
    params: { path: { id: place.id } },
  });
  return (
    <Panel
      title={place.name}
      tools={
        <To size="sm" to={`${path.stock()}?location=${place.id}`}>
          {t('items_count', { n: place.items })}
        </To>
      }
    >
      {stock.isPending && <Loading rows={2} />}
      {stock.error && <Failed error={stock.error} />}
      {stock.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('counted_none')}
        </Text>
      )}
      {stock.data && stock.data.items.length > 0 && (
        <Table>
          <Table.Tbody>
            {stock.data.items.map((level) => (
              <Table.Tr key={level.type_id}>
                <Table.Td>
                  {level.name}
                  <Text size="xs" c="dimmed">
                    {level.code}
                  </Text>
                </Table.Td>
                <Table.Td ta="right" className="number">
                  {`${level.quantity} ${level.unit}`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function Types({ tools, may }: { tools: React.ReactNode; may: boolean }) {
  const { t } = useTranslation('inventory');
  const types = api.useQuery('get', '/api/v1/item-types');
  return (
    <Panel title={t('types')} tools={may && tools}>
      {types.isPending && <Loading rows={3} />}
      {types.error && <Failed error={types.error} />}
      {types.data?.items.length === 0 && <Empty title={t('types_empty')} />}
      <Table>
        <Table.Tbody>
          {(types.data?.items ?? []).map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                {one.name}
                <Text size="xs" c="dimmed">
                  {one.code}
                </Text>
              </Table.Td>
              <Table.Td>
                <Group gap={6} c="dimmed">
                  <Icon name={one.serialized ? 'scan' : 'box'} size={16} />
                  <Text size="sm">
                    {one.serialized ? t('by_serial') : t('by_count', { unit: one.unit })}
                  </Text>
                </Group>
              </Table.Td>
              <Table.Td ta="right">
                <Money amount={one.value} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
