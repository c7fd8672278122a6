import { Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { ActionButton } from '@/ui/action';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';
import { Failed, Loading } from '@/ui/states';

/** Kenapa?: how the amount came about, part by part. */
export function AmountWhy({ id }: { id: string }) {
  const { t } = useTranslation('chain');
  const [asking, ask] = useDisclosure(false);
  return (
    <>
      <ActionButton
        variant="light"
        leftSection={<Icon name="question" size={16} />}
        onClick={ask.open}
      >
        {t('why')}
      </ActionButton>
      <FormDrawer opened={asking} close={ask.close} title={t('why')}>
        <Answer id={id} />
      </FormDrawer>
    </>
  );
}

function Answer({ id }: { id: string }) {
  const { t } = useTranslation(['billing', 'common']);
  const found = api.useQuery(
    'get',
    '/api/v1/invoices/{id}/why',
    { params: { path: { id } } },
    { staleTime: 0 },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={4} />;
  const why = found.data;
  return (
    <Stack>
      <Text fw={600}>{why.sentence}</Text>
      <Table>
        <Table.Tbody>
          {why.parts.map((part, index) => (
            <Table.Tr key={`${index}-${part.kind}`}>
              <Table.Td>{part.sentence}</Table.Td>
              <Table.Td className="num">
                <Money amount={part.base + part.tax} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          {(
            [
              [t('base'), why.base],
              [t('tax'), why.tax],
              [t('common:total'), why.total],
              [t('common:outstanding'), why.outstanding],
            ] as const
          ).map(([label, amount]) => (
            <Table.Tr key={label}>
              <Table.Td className="num">{label}</Table.Td>
              <Table.Td className="num">
                <Money amount={amount} bold={amount === why.total} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tfoot>
      </Table>
    </Stack>
  );
}
