// What went wrong, by code.
export const problem = {
  title: 'Tidak berhasil',
  not_found_title: 'Tidak ditemukan',
  network:
    'Server tidak bisa dihubungi. Yang sudah tersimpan aman; periksa jaringan lalu coba lagi.',
  unavailable: 'Server sedang tidak siap. Data aman; coba lagi sebentar lagi.',
  bug: 'Terjadi kesalahan di sistem. Data Anda aman; coba lagi atau hubungi admin.',
  unauthenticated: 'Anda belum masuk, atau sesi sudah berakhir. Silakan masuk lagi.',
  forbidden: 'Peran Anda tidak boleh melakukan ini.',
  not_found: 'Data ini tidak ada, atau bukan wewenang Anda.',
  conflict: 'Keadaannya sudah berubah. Muat ulang lalu coba lagi.',
  too_large: 'Isinya terlalu besar.',
  too_many: 'Terlalu banyak percobaan. Tunggu sebentar lalu coba lagi.',
  invalid: 'Ada isian yang belum benar.',
  unexpected: 'Ada yang tidak beres di halaman ini. Muat ulang; kalau berulang, hubungi admin.',
} as const;
