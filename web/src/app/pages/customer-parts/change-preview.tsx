import { Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { Day, Period } from '@/ui/day';
import { Money } from '@/ui/money';
import { Failed, Loading } from '@/ui/states';

type Props = {
  found: { data: Schemas['ChangePreview'] | undefined; error: unknown; isFetching: boolean };
};

/** What a change will bill or credit, before it is made. */
export function ChangePreview({ found }: Props) {
  const { t } = useTranslation(['chain', 'common']);
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return found.isFetching ? <Loading rows={2} /> : null;
  const preview = found.data;
  return (
    <Stack gap={8} aria-live="polite">
      {preview.from && (
        <Text size="sm" component="div">
          {t('preview_from')} <Day day={preview.from} />
        </Text>
      )}
      {preview.invoices.length === 0 ? (
        <Text size="sm">{t('preview_nothing')}</Text>
      ) : (
        <Table>
          <Table.Tbody>
            {preview.invoices.map((one, index) => (
              <Table.Tr key={`${index}-${one.kind}`}>
                <Table.Td>
                  <Period from={one.period_from} to={one.period_to} />
                  {one.lines.map((line) => (
                    <Text key={line} size="xs" c="dimmed">
                      {line}
                    </Text>
                  ))}
                </Table.Td>
                <Table.Td className="num">
                  <Money amount={one.total} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Text size="sm" component="div">
        {t('preview_owed')} <Money amount={preview.owed_before} /> {'→'}{' '}
        <Money amount={preview.owed_after} bold />
      </Text>
    </Stack>
  );
}
