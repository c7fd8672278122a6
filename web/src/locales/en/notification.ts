import type { notification as id } from '../id/notification';
import type { SameKeys } from '../same-keys';

// Messages to customers.
export const notification: SameKeys<typeof id> = {
  messages: 'Messages',
  messages_note: 'The outbox: what was said to customers, and whether it arrived',
  message: 'Text',
  message_search: 'Search name, number, text',
  messages_empty: 'No messages yet',
  messages_empty_hint: 'Messages come from events: registration, invoices, payments, isolation.',
  to: 'To',
  channel: 'Channel',
  channel_whatsapp: 'WhatsApp',
  channel_sms: 'SMS',
  channel_email: 'E-mail',
  channel_telegram: 'Telegram',
  queued_at: 'Created',
  sent_at: 'Sent',
  attempts: 'Tries',
  last_error: 'Last error',
};
