import { Button, Group, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { ConfirmAction } from '@/ui/action';
import { Panel } from '@/ui/facts';
import type { MapArea } from '@/ui/map';

type Props = {
  areas: MapArea[];
  onRename: (area: MapArea) => void;
  onRedraw: (area: MapArea) => void;
};

/** The areas by name, to change or take out of use. */
export function AreaList({ areas, onRename, onRedraw }: Props) {
  const { t } = useTranslation('crm');
  const remove = api.useMutation('delete', '/api/v1/areas/{id}', { meta: { quiet: true } });
  return (
    <Panel title={t('areas')}>
      {areas.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('areas_empty')}
        </Text>
      )}
      <Table>
        <Table.Tbody>
          {areas.map((area) => (
            <Table.Tr key={area.id}>
              <Table.Td>{area.name}</Table.Td>
              <Table.Td>
                <Group gap={8} justify="flex-end">
                  <Button size="xs" variant="default" onClick={() => onRename(area)}>
                    {t('area_rename')}
                  </Button>
                  <Button size="xs" variant="default" onClick={() => onRedraw(area)}>
                    {t('area_redraw')}
                  </Button>
                  <ConfirmAction
                    size="xs"
                    variant="default"
                    color="red"
                    title={t('area_remove_title', { area: area.name })}
                    text={t('area_remove_text')}
                    confirm={t('area_remove')}
                    onConfirm={() => remove.mutateAsync({ params: { path: { id: area.id } } })}
                  >
                    {t('area_remove')}
                  </ConfirmAction>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
