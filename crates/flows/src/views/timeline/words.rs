//! The sentences of the timeline, in both languages.

use fulfilment::ticket::Category;

use crate::why::Say;

/// What happens to a subscription: the journal's word, and ours. Other words are not for the timeline.
const SUBSCRIPTION: &[(&str, &str, &str)] = &[
    ("created", "dibuat", "created"),
    ("ready", "siap, menunggu pembayaran pertama", "ready, waiting for the first payment"),
    ("activated", "aktif", "active"),
    ("plan_change_asked", "minta ganti paket", "plan change asked for"),
    ("plan_changed", "paket diganti", "plan changed"),
    ("plan_change_cancelled", "ganti paket dibatalkan", "plan change cancelled"),
    ("pause_asked", "minta cuti layanan", "pause asked for"),
    ("pause_called_off", "cuti layanan dibatalkan", "pause called off"),
    ("paused", "cuti layanan", "paused"),
    ("resumed", "cuti layanan selesai", "resumed"),
    ("promised", "janji bayar dicatat", "promise to pay recorded"),
    ("promise_cancelled", "janji bayar dibatalkan", "promise to pay cancelled"),
    ("hold_placed", "ditahan", "hold placed"),
    ("hold_released", "penahanan dilepas", "hold released"),
    ("voucher_redeemed", "voucher dipakai", "voucher redeemed"),
    ("paid_ahead_asked", "minta bayar di muka", "paying ahead asked for"),
    ("extra_added", "tambahan atau diskon dipasang", "add-on or discount added"),
    ("extra_ended", "tambahan atau diskon diakhiri", "add-on or discount ended"),
    ("termination_asked", "minta berhenti", "termination asked for"),
    ("terminated", "berhenti", "terminated"),
    ("cancelled", "dibatalkan sebelum dipasang", "cancelled before installation"),
];

/// `'paused','resumed',…`: the journal's words that the timeline shows, as SQL.
pub(super) fn subscription_actions() -> String {
    let quoted: Vec<String> = SUBSCRIPTION.iter().map(|(word, ..)| format!("'{word}'")).collect();
    quoted.join(",")
}

/// What happened to a subscription, by the journal's word.
pub(super) fn subscription(action: &str, number: &str) -> Say {
    let found = SUBSCRIPTION.iter().find(|(word, ..)| *word == action);
    let (id, en) = found.map_or((action, action), |(_, id, en)| (*id, *en));
    Say::new(format!("Langganan {number}: {id}"), format!("Subscription {number}: {en}"))
}

/// A step of a work order.
pub(super) fn step(step: &str, number: &str, kind: &str, detail: Option<&str>) -> Say {
    let (id, en) = match step {
        "opened" => ("dibuat", "opened"),
        "assigned" => ("ditugaskan untuk", "assigned for"),
        "accepted" => ("diterima teknisi", "accepted by the technician"),
        "on_the_way" => ("teknisi berangkat", "the technician is on the way"),
        "on_site" => ("teknisi di lokasi", "the technician is on site"),
        "scanned" => ("perangkat dipindai", "device scanned"),
        "own_device_approved" => {
            ("perangkat milik pelanggan disetujui", "customer's device approved")
        }
        "done" => ("selesai", "done"),
        "failed" => ("gagal", "failed"),
        "rescheduled" => ("dijadwalkan ulang", "rescheduled"),
        "reviewed" => ("ditinjau", "reviewed"),
        "cancelled" => ("dibatalkan", "cancelled"),
        other => (other, other),
    };
    let (kind_id, kind_en) = match kind {
        "install" => ("pemasangan", "installation"),
        "repair" => ("perbaikan", "repair"),
        "swap" => ("ganti perangkat", "swap"),
        "move" => ("pindah", "move"),
        "dismantle" => ("pembongkaran", "dismantling"),
        other => (other, other),
    };
    let detail = match (step, detail.filter(|text| !text.is_empty())) {
        ("assigned", Some(text)) => format!(" {text}"),
        (_, Some(text)) => format!(": {text}"),
        (_, None) => String::new(),
    };
    Say::new(
        format!("SPK {kind_id} {number} {id}{detail}"),
        format!("Work order {number} ({kind_en}) {en}{detail}"),
    )
}

/// The lines of a ticket's story that the timeline shows, as SQL.
pub(super) const TICKET_STEPS: &str =
    "t.kind in ('opened', 'waiting', 'resolved', 'closed', 'reopened', 'breached')";

/// Letters of what was said that the timeline shows.
const SAID_MAX: usize = 140;

/// What became of a ticket.
pub(super) fn ticket(kind: &str, number: &str, category: Category, text: &str) -> Say {
    let (id, en) = match kind {
        "opened" => ("dibuat", "opened"),
        "waiting" => ("menunggu pelanggan", "waits for the customer"),
        "resolved" => ("ditangani", "resolved"),
        "closed" => ("ditutup", "closed"),
        "reopened" => ("dibuka lagi", "reopened"),
        "breached" => ("lewat target waktu", "past its target"),
        other => (other, other),
    };
    let (of_id, of_en) = category.words();
    let short: String = text.chars().take(SAID_MAX).collect();
    let more = if text.chars().count() > SAID_MAX { "…" } else { "" };
    let said = if text.is_empty() { String::new() } else { format!(": {short}{more}") };
    Say::new(
        format!("Tiket {number} ({of_id}) {id}{said}"),
        format!("Ticket {number} ({of_en}) {en}{said}"),
    )
}

/// A move of a device, by where it is then.
pub(super) fn item(state: &str, kind: &str, serial: &str) -> Say {
    let (id, en) = match state {
        "installed" => ("dipasang di pelanggan", "installed at the customer's"),
        "in_transit" => ("dibawa teknisi", "taken by the technician"),
        "returned" => ("kembali ke gudang", "back in the warehouse"),
        "in_stock" => ("masuk gudang", "in the warehouse"),
        "lost" => ("hilang", "lost"),
        "scrapped" => ("dibuang", "scrapped"),
        "rma" => ("dikirim ke pemasok", "sent to the supplier"),
        other => (other, other),
    };
    Say::new(format!("{kind} {serial} {id}"), format!("{kind} {serial} {en}"))
}

/// How a payment came.
pub(super) fn channel(channel: &str) -> (String, String) {
    let (id, en) = match channel {
        "cash" => ("tunai", "cash"),
        "transfer" => ("transfer bank", "bank transfer"),
        "wallet" => ("dompet reseller", "the reseller's wallet"),
        "voucher" => ("voucher", "voucher"),
        other => {
            let name = other.strip_prefix("gateway:").unwrap_or(other);
            return (name.to_owned(), name.to_owned());
        }
    };
    (id.to_owned(), en.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_journal_says_that_people_do_not_need_is_left_out() {
        assert!(!subscription_actions().contains("'anchor_moved'"));
        assert!(subscription_actions().starts_with("'created','ready',"));
        assert_eq!(subscription("paused", "S1").id, "Langganan S1: cuti layanan");
    }

    #[test]
    fn a_step_names_its_order_and_what_was_said() {
        let said = step("failed", "WO-7", "install", Some("pelanggan tidak di rumah"));
        assert_eq!(said.id, "SPK pemasangan WO-7 gagal: pelanggan tidak di rumah");
        assert_eq!(step("done", "WO-7", "swap", None).en, "Work order WO-7 (swap) done");
    }

    #[test]
    fn a_gateway_is_called_by_its_name() {
        assert_eq!(channel("gateway:simulated").0, "simulated");
        assert_eq!(channel("cash"), ("tunai".to_owned(), "cash".to_owned()));
    }
}
