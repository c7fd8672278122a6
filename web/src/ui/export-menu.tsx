// The list as a file: exactly the rows that are filtered, in their order.
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { paths } from '@/api/generated/schema';
import { Problem } from '@/api/problem';
import { file } from '@/lib/path';
import { useLang } from '@/locales';
import { Icon } from './icon';
import { problemText } from './states';

/** The lists that can be taken along. */
export type FileList = {
  [P in keyof paths]: P extends `/api/v1/${infer List}/export` ? List : never;
}[keyof paths];

type Props = {
  list: FileList;
  /** What the list itself is asked for; its page and its size don't matter. */
  query: Record<string, unknown>;
};

export function ExportMenu({ list, query }: Props) {
  const { t } = useTranslation('list');
  const lang = useLang();
  const [busy, setBusy] = useState(false);
  const take = async (format: 'csv' | 'xlsx') => {
    setBusy(true);
    try {
      await download(file.list(list, query, format), lang);
    } catch (error) {
      notifications.show({ color: 'red', message: problemText(error), autoClose: 8000 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <Button
          size="sm"
          variant="default"
          fw={400}
          loading={busy}
          leftSection={<Icon name="file" size={16} />}
          rightSection={<Icon name="down" size={14} />}
        >
          {t('export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void take('xlsx')}>{t('export_xlsx')}</Menu.Item>
        <Menu.Item onClick={() => void take('csv')}>{t('export_csv')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Asked for by script, so that a refusal can be said on the page. */
async function download(href: string, lang: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(href, {
      credentials: 'same-origin',
      headers: { 'Accept-Language': lang },
    });
  } catch (error) {
    throw Problem.from(error);
  }
  if (!response.ok) throw await Problem.of(response);
  const said = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '');
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = said?.[1] ?? 'sambung';
  link.click();
  // the browser has taken it by the next turn
  globalThis.setTimeout(() => URL.revokeObjectURL(address));
}
