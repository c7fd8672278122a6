//! The closed sets of words this room stores.

use store::words;

words! {
    /// How the subscriber logs in.
    pub enum AccountKind { Pppoe = "pppoe", Hotspot = "hotspot" }
}
words! {
    /// `reserved`: name and password exist, the device is not at the site. `live`: may log in when the
    /// desired access says so. `closed`: kept so that a reject can say "terminated", free after 90 days.
    pub enum AccountState { Reserved = "reserved", Live = "live", Closed = "closed" }
}
words! {
    /// Which MAC may log in. `scan`: the one on the label. `scan_confirm`: the first one seen while the
    /// window is open, else the label's. `off`: any.
    pub enum MacPolicy { Scan = "scan", ScanConfirm = "scan_confirm", Off = "off" }
}
words! {
    /// The dialect of attributes and habits a NAS speaks.
    pub enum Vendor {
        Mikrotik = "mikrotik",
        Cisco = "cisco",
        Juniper = "juniper",
        Huawei = "huawei",
        Standard = "standard",
    }
}
words! {
    /// Whether requests of a NAS must carry a Message-Authenticator (CVE-2024-3596).
    pub enum MessageAuthenticator { Required = "required", Legacy = "legacy" }
}
words! {
    /// `suspect`: three interims are missing; it neither blocks a login nor identifies a customer.
    pub enum SessionState { Live = "live", Suspect = "suspect", Closed = "closed" }
}
words! {
    /// Why a login was refused.
    pub enum RejectReason {
        WrongPassword = "wrong_password",
        MacDiffers = "mac_differs",
        UnknownUser = "unknown_user",
        Terminated = "terminated",
        NotActive = "not_active",
        SecondSession = "second_session",
        UnknownNas = "unknown_nas",
        VoucherUnknown = "voucher_unknown",
        VoucherOver = "voucher_over",
        VoucherExpired = "voucher_expired",
        VoucherVoid = "voucher_void",
        VoucherUsed = "voucher_used",
        TooManyTries = "too_many_tries",
    }
}

impl RejectReason {
    /// The reason as staff read it, in both languages (`id`, `en`).
    pub const fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::WrongPassword => ("Kata sandi salah.", "The password is wrong."),
            Self::MacDiffers => (
                "Perangkat lain dipakai: alamat MAC berbeda dari yang terdaftar.",
                "Another device is used: its MAC differs from the registered one.",
            ),
            Self::UnknownUser => ("Nama pengguna tidak dikenal.", "The user name is unknown."),
            Self::Terminated => ("Langganan sudah berhenti.", "The subscription has ended."),
            Self::NotActive => ("Langganan belum aktif.", "The subscription is not active."),
            Self::SecondSession => (
                "Sudah ada sesi aktif dari perangkat lain.",
                "A session from another device is already active.",
            ),
            Self::UnknownNas => ("NAS tidak terdaftar.", "The NAS is not registered."),
            Self::VoucherUnknown => ("Kode voucher tidak dikenal.", "Unknown voucher code."),
            Self::VoucherOver => ("Waktu voucher ini sudah habis.", "This voucher's time is over."),
            Self::VoucherExpired => {
                ("Masa berlaku voucher ini sudah lewat.", "This voucher was not used in time.")
            }
            Self::VoucherVoid => ("Voucher ini dibatalkan.", "This voucher was voided."),
            Self::VoucherUsed => (
                "Voucher ini sudah dipakai untuk isi ulang langganan.",
                "This voucher has refilled a subscription.",
            ),
            Self::TooManyTries => (
                "Terlalu banyak kode salah dari perangkat ini; coba lagi 5 menit kemudian.",
                "Too many wrong codes from this device; try again in 5 minutes.",
            ),
        }
    }
}
