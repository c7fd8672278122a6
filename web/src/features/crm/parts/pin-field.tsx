import { Button, Group, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatPlace, myPlace, parsePlace, type Place } from '@/lib/geo';
import { Icon } from '@/ui/icon';
import { AreaMap, type MapArea, type MapOdp } from '@/ui/map';

type Props = {
  place: Place | null;
  onPlace: (place: Place | null) => void;
  areas?: MapArea[];
  odps?: MapOdp[];
  error?: string;
};

/** A place on the map: tapped, typed, pasted, or this device's own. */
export function PinField({ place, onPlace, areas, odps, error }: Props) {
  const { t } = useTranslation('crm');
  const [text, setText] = useState(place ? formatPlace(place) : '');
  const [seeking, setSeeking] = useState(false);
  const choose = (chosen: Place) => {
    setText(formatPlace(chosen));
    onPlace(chosen);
  };
  const here = async () => {
    setSeeking(true);
    try {
      choose(await myPlace());
    } catch {
      notifications.show({ color: 'amber', message: t('place_refused') });
    } finally {
      setSeeking(false);
    }
  };
  return (
    <Stack gap={8}>
      <Group gap={8} align="flex-end" wrap="nowrap">
        <TextInput
          style={{ flex: 1 }}
          label={t('place')}
          description={t('place_hint')}
          placeholder="-6.208800, 106.845600"
          value={text}
          error={error || (text && !parsePlace(text) ? t('place_unread') : undefined)}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          onChange={(event) => {
            setText(event.currentTarget.value);
            onPlace(parsePlace(event.currentTarget.value));
          }}
        />
      </Group>
      <Button
        variant="default"
        loading={seeking}
        leftSection={<Icon name="pin" size={16} />}
        onClick={() => void here()}
      >
        {t('place_mine')}
      </Button>
      <AreaMap
        height={320}
        label={t('place_map')}
        pin={place}
        areas={areas}
        odps={odps}
        onPlace={choose}
      />
    </Stack>
  );
}
