// A chart in its card, with the same as a table for those who read rather than look.
import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../facts';
import { To } from '../link';
import { Failed, Loading } from '../states';

export type Twin = {
  head: string[];
  rows: { name: string; to?: string; cells: ReactNode[] }[];
};

type Props<Data> = {
  title: string;
  query: { data: Data | undefined; error: unknown; refetch: () => unknown };
  /** The one sentence that the chart says. */
  says: (data: Data) => ReactNode;
  chart: (data: Data) => ReactNode;
  twin: (data: Data) => Twin;
};

export function ChartCard<Data>({ title, query, says, chart, twin }: Props<Data>) {
  const { t } = useTranslation('figures');
  const [asTable, read] = useState(false);
  const { data, error } = query;
  return (
    <Panel
      title={title}
      tools={
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={`${title}: ${asTable ? t('as_chart') : t('as_table')}`}
          onClick={() => read(!asTable)}
        >
          {asTable ? t('as_chart') : t('as_table')}
        </Button>
      }
    >
      {error ? <Failed error={error} again={() => void query.refetch()} /> : null}
      {!error && !data && <Loading rows={5} />}
      {!error && data && (
        <Stack gap="xs">
          <Text size="sm" component="div">
            {says(data)}
          </Text>
          {asTable ? <Rows twin={twin(data)} label={title} /> : chart(data)}
        </Stack>
      )}
    </Panel>
  );
}

function Rows({ twin, label }: { twin: Twin; label: string }) {
  const [first, ...others] = twin.head;
  return (
    <Table.ScrollContainer minWidth={280} mah={260}>
      <Table aria-label={label} verticalSpacing={4} horizontalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{first}</Table.Th>
            {others.map((head) => (
              <Table.Th key={head} className="num">
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {twin.rows.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Td>
                <Group gap={4} wrap="nowrap">
                  {row.to ? (
                    <To size="sm" to={row.to}>
                      {row.name}
                    </To>
                  ) : (
                    row.name
                  )}
                </Group>
              </Table.Td>
              {row.cells.map((cell, at) => (
                <Table.Td key={others[at]} className="num">
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
