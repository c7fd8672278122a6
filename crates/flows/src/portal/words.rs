//! *Kenapa?* in a customer's words: what it is, and what they can do. No router, no clerk, no address.

use crate::why::Say;

/// What the portal says of a cause: the sentence and the way out. `None`: the decision's own sentence is
/// meant for the customer and is said as it is.
pub(super) fn plain(cause: &str) -> Option<(Say, Say)> {
    let both =
        |id: (&str, &str), en: (&str, &str)| Some((Say::new(id.0, en.0), Say::new(id.1, en.1)));
    match cause {
        "online" => both(("Internet Anda tersambung.", ""), ("Your internet is connected.", "")),
        "fup" => both(
            (
                "Internet Anda tersambung dengan kecepatan yang diturunkan karena kuota sudah terpakai.",
                "Kecepatan kembali penuh pada periode berikutnya.",
            ),
            (
                "Your internet is connected at a lower speed, since the quota is used up.",
                "Full speed is back with the next period.",
            ),
        ),
        "no_decision" | "not_installed" => both(
            ("Sambungan Anda belum terpasang.", "Ikuti pemasangannya di bawah."),
            ("Your connection is not installed yet.", "Follow its installation below."),
        ),
        "terminated" | "cancelled" => both(
            ("Langganan ini sudah berakhir.", "Hubungi kami untuk berlangganan lagi."),
            ("This subscription has ended.", "Call us to subscribe again."),
        ),
        "abuse" | "manual" => both(
            ("Internet Anda dibatasi oleh petugas kami.", "Silakan hubungi kami."),
            ("Our staff has cut your internet down.", "Please call us."),
        ),
        "paused" => both(
            ("Langganan sedang cuti.", "Hubungi kami untuk mengakhiri cuti lebih awal."),
            ("The subscription is paused.", "Call us to end the pause early."),
        ),
        "not_enforced" => both(
            ("Sambungan Anda sedang dibuka.", "Tunggu sebentar; biasanya beberapa detik."),
            ("Your connection is being opened.", "Wait a moment; it usually takes seconds."),
        ),
        "nas_down" | "suspect" => both(
            (
                "Ada gangguan di jaringan kami dekat tempat Anda.",
                "Kami sudah tahu dan sedang menanganinya.",
            ),
            ("There is trouble in our network near you.", "We know of it and are working on it."),
        ),
        "device_off" => both(
            (
                "Modem Anda tidak terhubung.",
                "Periksa listrik dan kabel modem, lalu nyalakan ulang. Bila lampu tetap merah, laporkan \
                 gangguan.",
            ),
            (
                "Your modem is not connected.",
                "Check its power and cables and restart it. If a light stays red, report a fault.",
            ),
        ),
        "never_online" => both(
            ("Modem Anda belum pernah tersambung.", "Nyalakan modem, atau laporkan gangguan."),
            ("Your modem has not connected yet.", "Switch it on, or report a fault."),
        ),
        "second_session" | "mac_differs" | "wrong_password" | "unknown_user" | "unknown_nas" => {
            both(
                (
                    "Modem Anda ditolak saat menyambung; pengaturannya tidak cocok dengan data kami.",
                    "Laporkan gangguan; petugas kami akan membereskannya.",
                ),
                (
                    "Your modem was turned away; its settings do not fit our records.",
                    "Report a fault; our staff will put it right.",
                ),
            )
        }
        _ => None,
    }
}

/// What to do where the decision's own sentence is said.
pub(super) fn remedy(cause: &str) -> Say {
    match cause {
        "unpaid" | "promise_expired" | "reversal" | "first_payment" | "period_over" => Say::new(
            "Bayar tagihan; internet terbuka dalam hitungan detik.",
            "Pay the bill; the internet opens within seconds.",
        ),
        "quota_used" => Say::new(
            "Kuota kembali penuh pada periode berikutnya.",
            "The quota is full again with the next period.",
        ),
        _ => Say::new("Laporkan gangguan bila ini berlanjut.", "Report a fault if this goes on."),
    }
}
