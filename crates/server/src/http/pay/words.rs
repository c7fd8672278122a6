//! The pay page's sentences in both languages.

use kernel::Lang;
use minijinja::Value;

macro_rules! words {
    ($($name:ident: $id:literal, $en:literal;)*) => {
        /// Every sentence of the pay page, in one language.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)*
        }

        impl Words {
            pub(crate) const fn of(lang: Lang) -> Self {
                match lang {
                    Lang::Id => Self { $($name: $id,)* },
                    Lang::En => Self { $($name: $en,)* },
                }
            }
            /// For templates.
            pub(crate) fn value(self) -> Value {
                Value::from_pairs([$((stringify!($name), self.$name),)*])
            }
        }
    };
}

words! {
    title: "Bayar tagihan", "Pay your bill";
    other_language: "English", "Bahasa Indonesia";
    help: "Butuh bantuan? Hubungi", "Need help? Call";
    number_title: "Bayar tagihan internet", "Pay your internet bill";
    number_hint: "Masukkan nomor pelanggan Anda. Nomor itu ada di tagihan dan di pesan WhatsApp dari kami.",
        "Enter your customer number. It stands on your bill and in our WhatsApp messages.";
    number_label: "Nomor pelanggan", "Customer number";
    number_button: "Lihat tagihan", "Show the bill";
    nothing_found: "Tidak ada tagihan terbuka untuk nomor itu. Periksa lagi nomornya, atau hubungi kami.",
        "There is no open bill for that number. Check the number, or call us.";
    to_pay: "Total yang harus dibayar", "Total to pay";
    limited: "Internet Anda sedang dibatasi. Begitu pembayaran masuk, internet aktif kembali dengan sendirinya.",
        "Your internet is cut down for now. It comes back by itself as soon as the payment arrives.";
    pay_now: "Bayar", "Pay";
    pay_this: "Bayar ini saja", "Pay only this";
    due: "jatuh tempo", "due";
    nothing_owed: "Tidak ada tagihan", "Nothing to pay";
    thanks: "Semua tagihan sudah lunas. Terima kasih.", "Everything is paid. Thank you.";
    top_up_title: "Kuota habis atau hampir habis?", "Quota used up, or nearly?";
    top_up_text: "Isi ulang berlaku sampai akhir periode ini, begitu pembayarannya masuk.",
        "A top-up counts until the end of this period, as soon as it is paid.";
    top_up_button: "Isi ulang", "Top up";
    plus_tax: "+ PPN", "+ tax";
    other_number: "Bayar untuk nomor pelanggan lain", "Pay for another customer number";
    other_bill: "Tagihan lain", "Other bill";
    amount: "Jumlah", "Amount";
    code: "Kode pembayaran", "Payment code";
    go_on: "Lanjut ke pembayaran", "Go on to the payment";
    start_again: "Lihat tagihan", "Show the bill";
    refreshes: "Halaman ini memperbarui dirinya sendiri.", "This page refreshes itself.";
    waiting: "Menunggu pembayaran", "Waiting for the payment";
    waiting_text: "Selesaikan pembayaran di halaman bank atau dompet digital Anda.",
        "Finish the payment on the page of your bank or wallet.";
    opening: "Pembayaran diterima", "Payment received";
    opening_text: "Internet Anda sedang dibuka kembali. Biasanya hanya beberapa detik.",
        "Your internet is being opened again. It usually takes a few seconds.";
    online: "Lunas, internet Anda aktif kembali", "Paid, your internet is back";
    online_text: "Terima kasih. Anda bisa menutup halaman ini.",
        "Thank you. You can close this page.";
    settled: "Lunas", "Paid";
    settled_text: "Pembayaran sudah kami terima. Terima kasih.",
        "We have received your payment. Thank you.";
    still_limited: "Pembayaran diterima", "Payment received";
    still_limited_text: "Terima kasih. Internet Anda masih dibatasi karena hal berikut.",
        "Thank you. Your internet is still cut down, for this reason.";
    ended: "Kode pembayaran sudah berakhir", "The payment code has ended";
    ended_text: "Tidak ada uang yang diterima dengan kode ini. Silakan mulai lagi.",
        "No money was received with this code. Please start again.";
    link_settled: "Tagihan ini tidak perlu dibayar lagi", "This bill need not be paid any more";
    link_settled_text: "Terima kasih. Tautan di pesan kami berakhir begitu tagihannya selesai.",
        "Thank you. The link in our message ends as soon as its bill is settled.";
    sim_title: "Gateway simulasi", "Simulated gateway";
    sim_note: "Ini gateway pembayaran simulasi. Tidak ada uang sungguhan.",
        "This is a simulated payment gateway. No real money moves.";
    sim_pay: "Bayar", "Pay";
    sim_paid: "Sudah dibayar.", "Paid already.";
    sim_expired: "Kode pembayaran ini sudah kedaluwarsa.", "This payment code has expired.";
    sim_back: "Kembali ke halaman tagihan", "Back to the bill";
}
