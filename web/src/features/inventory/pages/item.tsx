import { Alert, Grid, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { file, path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { Facts, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile, To } from '@/ui/link';
import { Qr } from '@/ui/qr';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { Timeline } from '@/ui/timeline';
import { ItemActions } from '../parts/item-actions';

/** Where is this serial now, and everything it went through. */
export function ItemPage() {
  const { t } = useTranslation(['inventory', 'common']);
  const serial = useId();
  const params = { params: { path: { serial } } };
  const found = api.useQuery('get', '/api/v1/items/{serial}', params);
  const history = api.useQuery('get', '/api/v1/items/{serial}/history', params);
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const item = found.data;
  return (
    <>
      <PageHead
        title={<span className="serial">{item.serial}</span>}
        badge={<StateBadge kind="item" state={item.state} />}
        note={item.type_name}
      >
        <ButtonFile
          variant="default"
          href={file.labels([item.serial], 'roll')}
          leftSection={<Icon name="print" size={16} />}
        >
          {t('label_print')}
        </ButtonFile>
        <ItemActions item={item} />
      </PageHead>
      {item.offered_to && (
        <Alert color="amber" icon={<Icon name="clock" />} mb="md">
          {t('item_offered', { bag: item.offered_to })}
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title={t('where_now')}>
            <Group align="flex-start" wrap="nowrap" gap="lg">
              <Stack style={{ flex: 1 }}>
                <Facts
                  items={[
                    [
                      t('location'),
                      item.customer_id ? (
                        <To key="l" size="sm" to={path.customer(item.customer_id)}>
                          {item.location_name}
                        </To>
                      ) : (
                        item.location_name
                      ),
                    ],
                    [t('kind'), t(`location_${item.location_kind}` as never)],
                    [t('mac'), item.mac && <span className="serial">{item.mac}</span>],
                    [t('owner'), t(`owner_${item.owner}` as never)],
                    ...(item.purchase_id
                      ? [
                          [
                            t('purchase'),
                            <To key="p" size="sm" to={path.purchase(item.purchase_id)}>
                              {item.purchase_number}
                            </To>,
                          ] as const,
                        ]
                      : []),
                  ]}
                />
              </Stack>
              <Qr text={`SMB:SN:${item.serial}`} />
            </Group>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel title={t('history')}>
            {history.isPending && <Loading rows={3} />}
            {history.error && <Failed error={history.error} />}
            {history.data?.items.length === 0 && <Empty title={t('history_empty')} />}
            {history.data && (
              <Timeline
                items={history.data.items.map((move, index) => ({
                  key: `${move.at}-${index}`,
                  at: move.at,
                  icon: 'box',
                  title: [move.from, move.to].filter(Boolean).join(' → '),
                  note: [
                    move.by,
                    t(`how_${move.how}` as never),
                    move.reason,
                    documentName(move.document),
                  ]
                    .filter(Boolean)
                    .join(' · '),
                }))}
              />
            )}
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}

/** A document's own number; an id says nothing to a person. */
function documentName(document: string | null | undefined): string | null {
  return document && !/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/.test(document) ? document : null;
}
