//! Every kind of harm is caught by the invariant that it is named after; without it the same seed is clean.

use simulator::{Sabotage, Setup};

use crate::live;

fn setup() -> Setup {
    Setup::new(5, 2, 24)
}

async fn is_caught(sabotage: Sabotage) {
    let report = live(setup().with_sabotage(sabotage)).await;
    let first = report.first_broken.as_ref().map(|b| b.invariant);
    assert_eq!(first, Some(sabotage.as_str()), "{report:#?}");
    assert_eq!(report.broken, 1);
}

#[tokio::test]
async fn the_seed_of_these_tests_is_clean_without_sabotage() {
    assert_eq!(live(setup()).await.first_broken, None);
}
#[tokio::test]
async fn a_second_invoice_for_the_same_days_is_caught() {
    is_caught(Sabotage::DoubleInvoice).await;
}
#[tokio::test]
async fn a_payment_that_disappears_is_caught() {
    is_caught(Sabotage::LostPayment).await;
}
#[tokio::test]
async fn access_that_nobody_paid_for_is_caught() {
    is_caught(Sabotage::OpenUnpaid).await;
}
#[tokio::test]
async fn a_serial_number_on_record_twice_is_caught() {
    is_caught(Sabotage::SerialTwice).await;
}
#[tokio::test]
async fn an_entry_that_does_not_balance_is_caught() {
    is_caught(Sabotage::UnbalancedEntry).await;
}
#[tokio::test]
async fn a_negative_wallet_is_caught() {
    is_caught(Sabotage::WalletNegative).await;
}
#[tokio::test]
async fn a_gap_in_a_number_series_is_caught() {
    is_caught(Sabotage::SeriesGap).await;
}
#[tokio::test]
async fn an_effect_that_happens_twice_is_caught() {
    is_caught(Sabotage::EffectTwice).await;
}
#[tokio::test]
async fn a_missing_journal_row_is_caught() {
    is_caught(Sabotage::JournalMissing).await;
}
#[tokio::test]
async fn harm_for_which_there_was_nothing_is_told() {
    let mut setup = Setup::new(5, 1, 1).with_sabotage(Sabotage::UnbalancedEntry);
    setup.calm = true;
    let report = live(setup).await;
    assert_eq!(report.first_broken, None);
    assert_eq!(report.harm_undone, Some("unbalanced_entry"), "nothing was ever recognised");
    assert_eq!(live(setup_of_a_caught_harm()).await.harm_undone, None);
}

fn setup_of_a_caught_harm() -> Setup {
    setup().with_sabotage(Sabotage::WalletNegative)
}
