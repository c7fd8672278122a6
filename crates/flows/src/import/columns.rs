//! The columns that an import understands, by their names in both languages.
//!
//! `docs/operator/import.md` lists them; a test keeps the two the same. Names are compared normalized:
//! lower case, words joined by `_` (`No. HP` is `no_hp`).

/// One column.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    /// Other names it may have.
    pub also: &'static [&'static str],
    /// The file can't be imported without it.
    pub needed: bool,
}

impl Column {
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.also.contains(&name)
    }
}

const fn needed(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, also, needed: true }
}
const fn may(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, also, needed: false }
}

/// Plans with their price and speed.
pub const PLANS: &[Column] = &[
    needed("code", &["kode", "kode_paket", "id_paket", "plan_code"]),
    needed("name", &["nama", "nama_paket", "paket", "plan"]),
    needed("price", &["harga", "harga_bulanan", "tarif", "monthly_price"]),
    may("price_from", &["harga_mulai", "berlaku_mulai"]),
    may("tax", &["ppn", "pajak", "vat"]),
    may("mode", &["cara_bayar", "tipe_bayar", "prabayar_pascabayar", "billing_mode"]),
    may("download", &["unduh", "kecepatan", "kecepatan_unduh", "speed", "down"]),
    may("upload", &["unggah", "kecepatan_unggah", "up"]),
    may("profile", &["profil", "kode_profil"]),
    may("quota_gb", &["kuota_gb", "kuota", "fup_gb"]),
    may("install_fee", &["biaya_pasang", "biaya_instalasi"]),
];

/// Persons and firms.
pub const CUSTOMERS: &[Column] = &[
    needed(
        "external_id",
        &["id_pelanggan", "kode_pelanggan", "no_pelanggan", "nomor_pelanggan", "customer_id", "id"],
    ),
    needed("name", &["nama", "nama_pelanggan", "nama_lengkap", "customer_name"]),
    needed(
        "phone",
        &[
            "no_hp",
            "hp",
            "nomor_hp",
            "telepon",
            "telp",
            "no_telp",
            "no_telepon",
            "wa",
            "no_wa",
            "whatsapp",
        ],
    ),
    may("email", &["e_mail", "surel"]),
    may("nik", &["no_ktp", "ktp"]),
    may("npwp", &["no_npwp"]),
    may("address", &["alamat", "alamat_pasang"]),
    may("lat", &["lintang", "latitude"]),
    may("lon", &["bujur", "longitude", "lng", "long"]),
    may("branch", &["cabang", "kode_cabang"]),
    may("reseller", &["mitra", "kode_mitra"]),
    may("kind", &["jenis", "jenis_pelanggan"]),
    may("withholds_pph23", &["potong_pph23", "pph23"]),
    may("withholds_wapu", &["wapu", "pemungut_ppn"]),
    may("language", &["bahasa", "lang"]),
];

/// Connections: the subscription with its login.
pub const ACCOUNTS: &[Column] = &[
    may("external_id", &["id_langganan", "id_akun", "no_layanan", "service_id", "id"]),
    needed(
        "customer",
        &["pelanggan", "id_pelanggan", "kode_pelanggan", "no_pelanggan", "customer_id"],
    ),
    needed("username", &["user_name", "user", "nama_pengguna", "pppoe", "user_pppoe", "secret"]),
    needed("password", &["kata_sandi", "sandi", "pass", "password_pppoe"]),
    may("mac", &["mac_address", "alamat_mac", "caller_id"]),
    needed("plan", &["paket", "kode_paket", "profile", "profil"]),
    may("mode", &["cara_bayar", "tipe_bayar", "billing_mode"]),
    may("state", &["status"]),
    may("billed_to", &["ditagih_sampai", "tagihan_sampai"]),
    may("paid_until", &["masa_aktif", "aktif_sampai", "dibayar_sampai", "expired"]),
    may("active_since", &["aktif_sejak", "tanggal_pasang", "tanggal_aktif", "tgl_pasang"]),
    may("calendar", &["siklus", "periode"]),
    may("anniversary_day", &["tanggal_tagihan", "tgl_tagihan"]),
    may("fixed_ip", &["ip", "ip_tetap", "ip_address", "remote_address"]),
    may("mac_policy", &["kunci_mac"]),
    may("service", &["layanan", "jenis_login"]),
    may("label", &["lokasi_langganan", "nama_langganan"]),
];

/// Serialized devices.
pub const ITEMS: &[Column] = &[
    needed("serial", &["sn", "nomor_seri", "no_seri", "serial_number"]),
    may("mac", &["mac_address", "alamat_mac"]),
    needed("type", &["tipe", "jenis", "jenis_barang", "sku"]),
    may("location", &["lokasi", "gudang"]),
    may("account", &["akun", "id_langganan", "username", "langganan"]),
    may("branch", &["cabang", "kode_cabang"]),
    may("owner", &["milik", "pemilik"]),
];

/// What customers owed or had on account in the books before.
pub const BALANCES: &[Column] = &[
    may("external_id", &["no_tagihan", "nomor_tagihan", "invoice", "id"]),
    needed(
        "customer",
        &["pelanggan", "id_pelanggan", "kode_pelanggan", "no_pelanggan", "customer_id"],
    ),
    needed("amount", &["jumlah", "saldo", "nominal", "tunggakan", "total"]),
    may("kind", &["jenis", "tipe"]),
    may("account", &["akun", "id_langganan", "username", "langganan"]),
    may("due", &["jatuh_tempo", "due_date"]),
    may("isolates", &["mengisolir", "isolir"]),
    may("note", &["keterangan", "catatan"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Kind;

    #[test]
    fn no_name_means_two_columns() {
        for kind in Kind::ALL {
            let mut seen = BTreeSet::new();
            for column in kind.columns() {
                for name in std::iter::once(&column.name).chain(column.also) {
                    assert!(seen.insert(*name), "{kind}: {name}");
                    let plain = name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
                    assert!(plain, "{kind}: {name} is not as column names are normalized");
                }
            }
        }
    }
}
