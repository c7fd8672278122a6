//! The words of chips in files, as the screens say them.

use kernel::Lang;

/// (kind, word) → Bahasa Indonesia, English.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str, &str)] = &[
    ("lead", "new", "Baru", "New"),
    ("lead", "verified", "Terverifikasi", "Verified"),
    ("lead", "converted", "Jadi pelanggan", "Converted"),
    ("lead", "waitlisted", "Daftar tunggu", "Waitlisted"),
    ("lead", "rejected", "Ditolak", "Rejected"),
    ("lead", "lost", "Batal", "Lost"),
    ("subscription", "pending_install", "Menunggu pasang", "Waiting for install"),
    ("subscription", "ready", "Siap", "Ready"),
    ("subscription", "active", "Aktif", "Active"),
    ("subscription", "isolated", "Isolir", "Isolated"),
    ("subscription", "paused", "Cuti", "Paused"),
    ("subscription", "terminated", "Putus", "Terminated"),
    ("subscription", "cancelled", "Batal pasang", "Cancelled"),
    ("invoice", "draft", "Draf", "Draft"),
    ("invoice", "issued", "Terbit", "Issued"),
    ("invoice", "partly_paid", "Sebagian", "Partly paid"),
    ("invoice", "paid", "Lunas", "Paid"),
    ("invoice", "overdue", "Jatuh tempo", "Overdue"),
    ("invoice", "cancelled", "Batal", "Cancelled"),
    ("payment", "pending", "Menunggu", "Pending"),
    ("payment", "settled", "Diterima", "Settled"),
    ("payment", "reversed", "Dibatalkan", "Reversed"),
    ("work_order", "open", "Belum dijadwalkan", "To schedule"),
    ("work_order", "assigned", "Ditugaskan", "Assigned"),
    ("work_order", "accepted", "Diterima teknisi", "Accepted"),
    ("work_order", "on_the_way", "Di jalan", "On the way"),
    ("work_order", "on_site", "Di lokasi", "On site"),
    ("work_order", "done", "Selesai", "Done"),
    ("work_order", "failed", "Gagal", "Failed"),
    ("work_order", "cancelled", "Dibatalkan", "Cancelled"),
    ("ticket", "open", "Baru", "New"),
    ("ticket", "in_progress", "Dikerjakan", "In progress"),
    ("ticket", "waiting_customer", "Menunggu pelanggan", "Waits for customer"),
    ("ticket", "resolved", "Ditangani", "Resolved"),
    ("ticket", "closed", "Ditutup", "Closed"),
    ("ticket", "reopened", "Dibuka lagi", "Reopened"),
    ("item", "in_stock", "Di gudang", "In stock"),
    ("item", "in_transit", "Di tas teknisi", "In a bag"),
    ("item", "installed", "Terpasang", "Installed"),
    ("item", "returned", "Retur, belum diuji", "Returned, to test"),
    ("item", "rma", "RMA", "RMA"),
    ("item", "scrapped", "Dibuang", "Scrapped"),
    ("item", "lost", "Hilang", "Lost"),
    ("purchase", "draft", "Draf", "Draft"),
    ("purchase", "submitted", "Menunggu persetujuan", "Waiting for approval"),
    ("purchase", "approved", "Disetujui", "Approved"),
    ("purchase", "rejected", "Ditolak", "Rejected"),
    ("purchase", "partly_received", "Diterima sebagian", "Partly received"),
    ("purchase", "received", "Diterima", "Received"),
    ("purchase", "closed_short", "Ditutup kurang", "Closed short"),
    ("purchase", "cancelled", "Dibatalkan", "Cancelled"),
    ("session", "live", "Online", "Online"),
    ("session", "suspect", "Diragukan", "Suspect"),
    ("session", "closed", "Selesai", "Closed"),
    ("access", "full", "Penuh", "Full"),
    ("access", "isolated", "Isolir", "Isolated"),
    ("access", "blocked", "Diblokir", "Blocked"),
    ("invoice_kind", "regular", "Bulanan", "Regular"),
    ("invoice_kind", "supplement", "Tambahan", "Supplement"),
    ("invoice_kind", "one_off", "Sekali", "One-off"),
    ("earning", "commission", "Komisi", "Commission"),
    ("earning", "incentive", "Insentif", "Incentive"),
    ("mode", "prepaid", "Prabayar", "Prepaid"),
    ("mode", "postpaid", "Pascabayar", "Postpaid"),
    ("channel", "sales", "Sales", "Sales"),
    ("channel", "reseller", "Mitra", "Reseller"),
    ("channel", "public", "Formulir publik", "Public form"),
    ("channel", "admin", "Admin", "Admin"),
    ("channel", "import", "Impor", "Import"),
    ("kind", "personal", "Perorangan", "Personal"),
    ("kind", "corporate", "Perusahaan", "Corporate"),
    ("job", "install", "Pasang baru", "Install"),
    ("job", "repair", "Perbaikan", "Repair"),
    ("job", "swap", "Ganti perangkat", "Swap"),
    ("job", "move", "Pindah", "Move"),
    ("job", "dismantle", "Bongkar", "Dismantle"),
    ("account", "reserved", "Dipesan", "Reserved"),
    ("account", "live", "Aktif", "Live"),
    ("account", "closed", "Ditutup", "Closed"),
    ("category", "no_internet", "Internet mati", "No internet"),
    ("category", "slow", "Lambat", "Slow"),
    ("category", "unstable", "Putus-putus", "Unstable"),
    ("category", "device", "Perangkat", "Device"),
    ("category", "billing", "Tagihan", "Billing"),
    ("category", "request", "Permintaan", "Request"),
    ("category", "other", "Lain-lain", "Other"),
    ("priority", "low", "Rendah", "Low"),
    ("priority", "normal", "Biasa", "Normal"),
    ("priority", "high", "Tinggi", "High"),
    ("priority", "urgent", "Darurat", "Urgent"),
];

/// The word in a language; one that is not known stands as it is.
pub(super) fn said<'a>(kind: &str, word: &'a str, lang: Lang) -> &'a str {
    let found = WORDS.iter().find(|(k, w, ..)| *k == kind && *w == word);
    found.map_or(word, |(_, _, id, en)| if lang == Lang::Id { id } else { en })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_the_chip_says_and_keeps_what_it_does_not_know() {
        assert_eq!(said("subscription", "isolated", Lang::Id), "Isolir");
        assert_eq!(said("subscription", "isolated", Lang::En), "Isolated");
        assert_eq!(said("subscription", "flying", Lang::Id), "flying");
    }
}
