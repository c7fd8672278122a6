import { ActionIcon, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/ui/icon';

export type ListedLine = {
  serial: string;
  mac: string | null;
  /** By hand, not by a scanner. */
  typed: boolean;
  /** Null until the server has looked at it. */
  ok: boolean | null;
  detail: string | null;
};

/** Scanned lines, newest first, each with its own verdict. */
export function ScanList({
  lines,
  onRemove,
}: {
  lines: ListedLine[];
  onRemove: (serial: string) => void;
}) {
  const { t } = useTranslation('inventory');
  if (lines.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        {t('scan_first')}
      </Text>
    );
  }
  return (
    <Table>
      <Table.Tbody>
        {lines.map((line, index) => (
          <Table.Tr key={line.serial}>
            <Table.Td w={48} c="dimmed">
              {lines.length - index}
            </Table.Td>
            <Table.Td>
              <span className="serial">{line.serial}</span>
              {line.typed && (
                <Text size="xs" c="dimmed" component="span">
                  {' '}
                  · {t('how_typed')}
                </Text>
              )}
              {line.mac && (
                <Text size="xs" c="dimmed" className="serial">
                  {line.mac}
                </Text>
              )}
              {line.detail && (
                <Text size="sm" c="red" role="alert">
                  {line.detail}
                </Text>
              )}
            </Table.Td>
            <Table.Td w={48} ta="right">
              {line.ok === true && (
                <Text c="money" component="span">
                  <Icon name="check" label={t('line_ok')} />
                </Text>
              )}
              {line.ok !== true && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('line_remove', { serial: line.serial })}
                  onClick={() => onRemove(line.serial)}
                >
                  <Icon name="close" size={16} />
                </ActionIcon>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
