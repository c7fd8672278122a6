// Messages to customers.
export const notification = {
  messages: 'Pesan',
  messages_note: 'Kotak keluar: apa yang dikatakan ke pelanggan, dan sampai atau tidak',
  message: 'Isi',
  message_search: 'Cari nama, nomor, isi',
  messages_empty: 'Belum ada pesan',
  messages_empty_hint: 'Pesan dibuat oleh kejadian: pendaftaran, tagihan, pembayaran, isolir.',
  to: 'Kepada',
  channel: 'Kanal',
  channel_whatsapp: 'WhatsApp',
  channel_sms: 'SMS',
  channel_email: 'E-mail',
  channel_telegram: 'Telegram',
  queued_at: 'Dibuat',
  sent_at: 'Terkirim',
  attempts: 'Percobaan',
  last_error: 'Kesalahan terakhir',
} as const;
