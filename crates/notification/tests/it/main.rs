//! The message queue on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::{BranchId, CustomerId, Id, Lang, Scope, Ts};
use notification::text::TextKey;
use notification::{
    Channel, ChannelKind, MessageState, NewMessage, Outgoing, RemoteError, Sent, Template, deliver,
    text,
};
use serde_json::json;
use store::testing::{both, cause, now, race};
use store::{Db, QueryExt, Tx, args};

const ROOMS: &[&store::Migrations] = &[&catalog::MIGRATIONS, &notification::MIGRATIONS];

fn bill(step: &str) -> NewMessage {
    NewMessage {
        customer: Some(CustomerId::nil()),
        branch: Some(BranchId::nil()),
        partner: None,
        channel: ChannelKind::Whatsapp,
        address: "6281234567890".into(),
        lang: Lang::Id,
        template: Template::InvoiceIssued,
        data: json!({ "name": "Budi", "period": "November 2026", "number": "INV/1", "total": "Rp 1",
            "due": "20 Des 2026", "link": "x", "isp": "Nusantara Net" }),
        subject_key: "invoice:1".into(),
        step: step.into(),
    }
}

/// A vendor whose first `failures` answers are failures.
struct Vendor {
    calls: AtomicUsize,
    failures: usize,
    error: RemoteError,
}
impl Channel for Vendor {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }
    fn send<'a>(&'a self, _: &'a Outgoing) -> store::BoxFuture<'a, Result<Sent, RemoteError>> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let answer =
            if call < self.failures { Err(self.error.clone()) } else { Ok(Sent::default()) };
        Box::pin(async move { answer })
    }
}

async fn queue(db: &Db, at: Ts, message: NewMessage) -> bool {
    db.write(&cause(at), async |tx: &mut Tx| notification::queue(tx, message.clone()).await)
        .await
        .unwrap()
}
async fn states(db: &Db) -> Vec<MessageState> {
    let mut q = db.reader();
    let list = notification::outbox::list(&mut q, &Scope::all(), None, None, 50).await.unwrap();
    list.into_iter().map(|m| m.state).collect()
}

#[tokio::test]
async fn a_step_of_a_subject_is_told_once_by_a_channel_even_when_the_vendor_stumbles() {
    both(ROOMS, async |db: Db| {
        assert!(queue(&db, now(), bill("issued")).await);
        assert!(!queue(&db, now(), bill("issued")).await, "the same step again");
        let vendor = Arc::new(Vendor {
            calls: AtomicUsize::new(0),
            failures: 1,
            error: RemoteError::Unavailable("timeout".into()),
        });
        let channels: Vec<Arc<dyn Channel>> = vec![vendor.clone()];
        let first = deliver::activate(&db, &channels, now(), 10).await.unwrap();
        assert_eq!((first.claimed, first.failed), (1, 1));
        let early = deliver::activate(&db, &channels, now().plus_secs(5), 10).await.unwrap();
        assert_eq!(early.claimed, 0, "it waits");
        let second = deliver::activate(&db, &channels, now().plus_secs(31), 10).await.unwrap();
        assert_eq!(second.sent, 1);
        assert_eq!(states(&db).await, [MessageState::Sent]);
        assert_eq!(vendor.calls.load(Ordering::SeqCst), 2);
    })
    .await;
}

#[tokio::test]
async fn a_refused_address_is_dead_at_once_and_may_be_tried_again_by_a_person() {
    both(ROOMS, async |db: Db| {
        queue(&db, now(), bill("issued")).await;
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(Vendor {
            calls: AtomicUsize::new(0),
            failures: 1,
            error: RemoteError::Rejected("nomor tidak terdaftar".into()),
        })];
        assert_eq!(deliver::activate(&db, &channels, now(), 10).await.unwrap().dead, 1);
        let id = notification::outbox::list(&mut db.reader(), &Scope::all(), None, None, 1)
            .await
            .unwrap()[0]
            .id;
        db.write(&cause(now()), async |tx: &mut Tx| notification::outbox::retry(tx, id).await)
            .await
            .unwrap();
        assert_eq!(deliver::activate(&db, &channels, now(), 10).await.unwrap().sent, 1);
        let again = db
            .write(&cause(now()), async |tx: &mut Tx| notification::outbox::retry(tx, id).await)
            .await
            .unwrap_err();
        assert_eq!(again.code, "notification.not_dead");
    })
    .await;
}

#[tokio::test]
async fn who_opted_out_gets_nothing_and_bills_wait_for_the_morning() {
    both(ROOMS, async |db: Db| {
        let night = now().plus_secs(15 * 3_600);
        assert!(queue(&db, night, bill("issued")).await);
        let vendor = Vendor {
            calls: AtomicUsize::new(0),
            failures: 0,
            error: RemoteError::Unavailable(String::new()),
        };
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(vendor)];
        assert_eq!(deliver::activate(&db, &channels, night, 10).await.unwrap().claimed, 0);
        let morning = night.plus_secs(8 * 3_600);
        assert_eq!(deliver::activate(&db, &channels, morning, 10).await.unwrap().sent, 1);
        db.write(&cause(now()), async |tx: &mut Tx| {
            notification::opt_out(tx, Id::nil(), ChannelKind::Whatsapp).await
        })
        .await
        .unwrap();
        assert!(!queue(&db, now(), bill("due")).await);
    })
    .await;
}

async fn only_id(db: &Db) -> kernel::MessageId {
    let mut q = db.reader();
    notification::outbox::list(&mut q, &Scope::all(), None, None, 1).await.unwrap()[0].id
}

async fn retry(db: &Db, at: Ts) -> kernel::Result<()> {
    let id = only_id(db).await;
    db.write(&cause(at), async |tx: &mut Tx| notification::outbox::retry(tx, id).await).await
}

fn vendor(failures: usize, error: RemoteError) -> Vec<Arc<dyn Channel>> {
    vec![Arc::new(Vendor { calls: AtomicUsize::new(0), failures, error })]
}

#[tokio::test]
async fn every_try_stays_in_the_log_also_after_a_person_tried_again() {
    both(ROOMS, async |db: Db| {
        queue(&db, now(), bill("issued")).await;
        let channels = vendor(2, RemoteError::Rejected("nomor tidak terdaftar".into()));
        for again in [true, true, false] {
            deliver::activate(&db, &channels, now(), 10).await.unwrap();
            if again {
                retry(&db, now()).await.unwrap();
            }
        }
        let log: Vec<(i64, String)> = db
            .reader()
            .rows("select attempt, outcome from notification_attempt order by attempt", args![])
            .await
            .unwrap();
        let log: Vec<(i64, &str)> = log.iter().map(|(n, word)| (*n, word.as_str())).collect();
        assert_eq!(log, [(1, "dead"), (2, "dead"), (3, "sent")]);
    })
    .await;
}

#[tokio::test]
async fn a_bill_that_failed_in_the_evening_is_tried_again_in_the_morning() {
    both(ROOMS, async |db: Db| {
        // 19.59.45 WIB: half a minute later it is quiet.
        let evening = now().plus_secs(10 * 3_600 + 59 * 60 + 45);
        queue(&db, evening, bill("issued")).await;
        let channels = vendor(1, RemoteError::Unavailable("timeout".into()));
        assert_eq!(deliver::activate(&db, &channels, evening, 10).await.unwrap().failed, 1);
        let night = evening.plus_secs(3_600);
        assert_eq!(deliver::activate(&db, &channels, night, 10).await.unwrap().claimed, 0);
        let morning = now().plus_secs(23 * 3_600);
        assert_eq!(deliver::activate(&db, &channels, morning, 10).await.unwrap().sent, 1);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_could_send_for_days_is_seen_to_expire() {
    both(ROOMS, async |db: Db| {
        queue(&db, now(), bill("issued")).await;
        let early = deliver::activate(&db, &[], now().plus_days(1), 10).await.unwrap();
        assert_eq!((early.expired, states(&db).await), (0, vec![MessageState::Queued]));
        let late = now().plus_days(3);
        assert_eq!(deliver::activate(&db, &[], late, 10).await.unwrap().expired, 1);
        assert_eq!(states(&db).await, [MessageState::Expired]);
        // A sender that came meanwhile does not tell of it; a person may.
        let channels = vendor(0, RemoteError::Unavailable(String::new()));
        assert_eq!(deliver::activate(&db, &channels, late, 10).await.unwrap().claimed, 0);
        retry(&db, late).await.unwrap();
        assert_eq!(deliver::activate(&db, &channels, late, 10).await.unwrap().sent, 1);
    })
    .await;
}

/// Takes the first message at once, and never finishes the second.
struct Stuck(AtomicUsize);
impl Channel for Stuck {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }
    fn send<'a>(&'a self, _: &'a Outgoing) -> store::BoxFuture<'a, Result<Sent, RemoteError>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            if !first {
                std::future::pending::<()>().await;
            }
            Ok(Sent::default())
        })
    }
}

#[tokio::test]
async fn what_was_sent_before_the_program_was_killed_is_not_sent_again() {
    both(ROOMS, async |db: Db| {
        queue(&db, now(), bill("issued")).await;
        queue(&db, now(), bill("due")).await;
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(Stuck(AtomicUsize::new(0)))];
        let (at, mine) = (now(), db.clone());
        let work = tokio::spawn(async move { deliver::activate(&mine, &channels, at, 10).await });
        while !states(&db).await.contains(&MessageState::Sent) {
            tokio::task::yield_now().await;
        }
        work.abort();
        let _ = work.await;
        // After its lease only the one that was under way goes again.
        let channels = vendor(0, RemoteError::Unavailable(String::new()));
        let again = deliver::activate(&db, &channels, now().plus_secs(121), 10).await.unwrap();
        assert_eq!((again.claimed, again.sent), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn two_at_once_queue_one_message_send_it_once_and_retry_it_once() {
    both(ROOMS, async |db: Db| {
        let both_say = |(a, b): (bool, bool)| u8::from(a) + u8::from(b);
        let one = race(|_| {
            let db = db.clone();
            async move { queue(&db, now(), bill("issued")).await }
        });
        assert_eq!(both_say(one.await), 1, "queued");
        let channels = Arc::new(vendor(1, RemoteError::Rejected("nomor salah".into())));
        let sent = race(|_| {
            let (db, channels) = (db.clone(), channels.clone());
            async move { deliver::activate(&db, &channels, now(), 10).await.unwrap().claimed == 1 }
        });
        assert_eq!(both_say(sent.await), 1, "claimed");
        let retried = race(|_| {
            let db = db.clone();
            async move { retry(&db, now()).await.is_ok() }
        });
        assert_eq!(both_say(retried.await), 1, "retried");
        let opted = race(|_| {
            let db = db.clone();
            async move {
                let work = async |tx: &mut Tx| {
                    notification::opt_out(tx, Id::nil(), ChannelKind::Whatsapp).await
                };
                db.write(&cause(now()), work).await.is_ok()
            }
        });
        assert_eq!(both_say(opted.await), 2, "both are content");
        let told: i64 = db
            .reader()
            .value("select count(*) from store_journal where action = 'messages_off'", args![])
            .await
            .unwrap();
        assert_eq!(told, 1, "and it happened once");
    })
    .await;
}

#[tokio::test]
async fn an_isps_own_text_holds_for_its_channel_else_for_all_and_must_fill_in() {
    both(ROOMS, async |db: Db| {
        let key = |channel| TextKey { template: Template::InvoiceIssued, channel, lang: Lang::Id };
        let set = async |channel, subject: &str, body: &str| {
            let work = async |tx: &mut Tx| text::set(tx, &key(channel), subject, body).await;
            db.write(&cause(now()), work).await
        };
        set(None, "Tagihan", "Semua: {{ number }}").await.unwrap();
        set(Some(ChannelKind::Email), "Tagihan {{ period }}", "Surel: {{ total }}").await.unwrap();
        let body_of = async |channel, step: &str| {
            queue(&db, now(), NewMessage { channel, ..bill(step) }).await;
            let mut q = db.reader();
            let sql = "select body from notification_message where step = $1 and channel = $2";
            q.value::<String>(sql, args![step, channel]).await.unwrap()
        };
        assert_eq!(body_of(ChannelKind::Whatsapp, "a").await, "Semua: INV/1");
        assert_eq!(body_of(ChannelKind::Email, "a").await, "Surel: Rp 1");
        let reset = async |channel| {
            let work = async |tx: &mut Tx| text::reset(tx, &key(channel)).await;
            db.write(&cause(now()), work).await.unwrap();
        };
        reset(Some(ChannelKind::Email)).await;
        assert_eq!(body_of(ChannelKind::Email, "b").await, "Semua: INV/1");
        reset(None).await;
        assert!(body_of(ChannelKind::Email, "c").await.contains("Nusantara Net"));
        // A value that this message does not have would hold back every bill.
        for (subject, body, fields) in [
            ("", "", "subject body"),
            ("x", "{{ receipt }}", "body"),
            ("{{ nope", "x", "subject"),
            ("x", "{% for n in x %}", "body"),
        ] {
            let fault = set(None, subject, body).await.unwrap_err();
            let names: Vec<&str> = fault.fields.iter().map(|f| f.name.as_str()).collect();
            assert_eq!(names.join(" "), fields, "{subject} {body}");
        }
    })
    .await;
}
