import { Button, Group, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { ConfirmAction } from '@/ui/action';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ChangeNas, NasScript, NewSecret } from './nas-forms';
import { NasTest } from './nas-test';

type Doing = 'test' | 'script' | 'change' | 'secret';

/** What can be done with a router. */
export function NasActions({ nas }: { nas: Schemas['NasView'] }) {
  const { t } = useTranslation(['network', 'chain']);
  const can = useCan();
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const archive = api.useMutation('post', '/api/v1/nas/{id}/archive', { meta: { quiet: true } });
  const may = can('nas_write', nas, 'change').allowed;
  return (
    <Group gap={4} justify="flex-end">
      <Menu position="bottom-end" shadow="md" width={240}>
        <Menu.Target>
          <Button size="compact-sm" variant="default" rightSection={<Icon name="down" size={14} />}>
            {t('chain:actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={!may} onClick={() => setDoing('test')}>
            {t('nas_test')}
          </Menu.Item>
          <Menu.Item onClick={() => setDoing('script')}>{t('script')}</Menu.Item>
          <Menu.Item disabled={!may} onClick={() => setDoing('change')}>
            {t('nas_change')}
          </Menu.Item>
          <Menu.Item disabled={!may} onClick={() => setDoing('secret')}>
            {t('nas_secret')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmAction
        size="compact-sm"
        variant="subtle"
        color="red"
        verdict={can('nas_write', nas, 'change')}
        title={t('nas_archive_title')}
        text={t('nas_archive_text', { name: nas.name })}
        confirm={t('nas_archive')}
        onConfirm={() => archive.mutateAsync({ params: { path: { id: nas.id } } })}
      >
        {t('nas_archive')}
      </ConfirmAction>
      <FormDrawer
        opened={doing !== null}
        close={close}
        title={`${nas.name} · ${doing === 'script' ? t('script') : doing ? t(`nas_${doing}`) : ''}`}
      >
        {doing === 'test' && <NasTest id={nas.id} />}
        {doing === 'script' && <NasScript nas={nas} />}
        {doing === 'change' && <ChangeNas nas={nas} close={close} />}
        {doing === 'secret' && <NewSecret nas={nas} close={close} />}
      </FormDrawer>
    </Group>
  );
}
