import { Menu, Text, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { switchLang, useLang } from '@/locales';
import { dropCopies } from '@/pwa/device-copy';
import { Icon } from '@/ui/icon';
import { worksInField } from '../nav';
import { Face } from './person';

/** Language, light or dark, and the way out. It opens as it comes. */
export function PersonMenu() {
  const { t } = useTranslation(['common', 'identity']);
  // Not open from the start: when it opens it notes what has the focus, to give it back.
  const mounted = useMounted();
  const [closed, setClosed] = useState(false);
  const lang = useLang();
  const me = useMe();
  const { setColorScheme } = useMantineColorScheme();
  // under "auto" it is what the device shows
  const dark = useComputedColorScheme('light') === 'dark';
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = api.useMutation('delete', '/api/v1/session', {
    onSettled: () => {
      queries.clear();
      void dropCopies();
      void navigate({ to: path.login() });
    },
  });
  return (
    <Menu
      opened={mounted && !closed}
      onChange={(open) => setClosed(!open)}
      returnFocus
      position="bottom-end"
      shadow="md"
      width={240}
    >
      <Menu.Target>
        <Face autoFocus />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} size="sm" c="var(--mantine-color-text)">
            {me.name}
          </Text>
          <Text size="xs">
            {me.roles.map((role) => t(`identity:role_${role}` as never)).join(', ')}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item
          leftSection={<Icon name="lock" size={16} />}
          onClick={() => void navigate({ to: path.account() })}
        >
          {t('identity:account')}
        </Menu.Item>
        {holds(me, 'cash_collect') && (
          <Menu.Item
            leftSection={<Icon name="cash" size={16} />}
            onClick={() => void navigate({ to: path.held() })}
          >
            {t('held_cash')}
          </Menu.Item>
        )}
        {me.is_employee && (
          <Menu.Item
            leftSection={<Icon name="cash" size={16} />}
            onClick={() => void navigate({ to: path.myEarnings(worksInField(me)) })}
          >
            {t('my_earnings')}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<Icon name="globe" size={16} />}
          onClick={() => void switchLang(lang === 'id' ? 'en' : 'id')}
        >
          {t('switch_language')}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name={dark ? 'sun' : 'moon'} size={16} />}
          onClick={() => setColorScheme(dark ? 'light' : 'dark')}
        >
          {dark ? t('light') : t('dark')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={() => leave.mutate({})}>
          {t('identity:logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
