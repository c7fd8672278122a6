import type { TFunction } from 'i18next';

/** How money came, in words: `gateway:midtrans` is the gateway by its name. */
export function channelWord(t: TFunction<'billing'>, channel: string): string {
  const [kind, name] = channel.split(':');
  if (kind === 'gateway') return name ? `${t('channel_gateway')} ${name}` : t('channel_gateway');
  switch (kind) {
    case 'cash':
      return t('channel_cash');
    case 'transfer':
      return t('channel_transfer');
    case 'wallet':
      return t('channel_wallet');
    case 'voucher':
      return t('channel_voucher');
    case 'opening':
      return t('channel_opening');
    default:
      return channel;
  }
}
