use super::super::fixture::{Ground, put};
use super::*;
use bridge::finding::{self, Found};
use bridge::{FindingState, Verdict, mark};
use kernel::{Cause, Id, UserId};
use std::sync::Arc;
use store::testing::{both, now};
use store::{Db, Sealer, Secret, Tx};

fn id<T>(n: u8) -> Id<T> {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

async fn attach(db: &Db, of: Engine) {
    db.write(&Cause::system(now(), "test"), async |tx: &mut Tx| {
        let secret = Secret::new("rahasia");
        engine::attach(tx, of, &serde_json::json!({}), &secret).await
    })
    .await
    .unwrap();
}

async fn tied(db: &Db, of: Engine, subject: Subject, local: uuid::Uuid, name: &str) {
    let link = bridge::Link {
        engine: of,
        subject,
        local_id: local,
        external_id: name.into(),
        external_version: None,
        fingerprint: String::new(),
        synced_at: now(),
    };
    db.write(&Cause::system(now(), "test"), async |tx: &mut Tx| bridge::link::put(tx, &link).await)
        .await
        .unwrap();
}

async fn ties(db: &Db, of: SubscriptionId) -> [Tie; 3] {
    find(&mut db.reader(), &Scope::all(), of).await.unwrap().links.map(|link| link.tie)
}

async fn numbers(db: &Db, only: Option<Only>, text: Option<&str>) -> usize {
    let filter = Filter { only, text: text.map(str::to_owned) };
    list(&mut db.reader(), &Scope::all(), &filter, None, 50).await.unwrap().len()
}

async fn login(
    db: &Db,
    n: u8,
    sub: SubscriptionId,
    customer: CustomerId,
    branch: kernel::BranchId,
) {
    put(
        db,
        "insert into network_account (id, subscription_id, customer_id, branch_id, username,
           password_enc, kind, state, mac_policy, created_at, changed_at)
         values ($1,$2,$3,$4,$5,$6,'pppoe','live','off',$7,$7)",
        args![id::<()>(n), sub, customer, branch, format!("budi{n}"), vec![0_u8], now()],
    )
    .await;
}

#[tokio::test]
async fn a_chain_shows_what_is_tied_what_waits_what_is_missing_and_what_differs() {
    both(&crate::schema(), async |db: Db| {
        db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
        let ground = Ground::lay(&db).await;
        let customer = ground.customer(&db, 1, "Budi").await;
        let sub = ground.subscription(&db, customer, "active").await;
        login(&db, 2, sub, customer, ground.branch).await;
        let account: AccountId = id(2);
        assert_eq!(ties(&db, sub).await, [Tie::Off, Tie::Off, Tie::Off]);
        assert_eq!(numbers(&db, Some(Only::Missing), None).await, 0, "nothing is attached");
        for of in Engine::ALL {
            attach(&db, *of).await;
        }
        assert_eq!(ties(&db, sub).await, [Tie::Missing, Tie::Missing, Tie::Nothing]);
        assert_eq!(numbers(&db, Some(Only::Missing), None).await, 1);
        tied(&db, Engine::BOOKS, Subject::Customer, customer.uuid(), "Budi - P-1").await;
        tied(&db, Engine::ACCESS, Subject::Account, account.uuid(), "budi2").await;
        assert_eq!(ties(&db, sub).await, [Tie::Linked, Tie::Linked, Tie::Nothing]);
        assert_eq!(numbers(&db, Some(Only::Missing), None).await, 0);

        let cause = Cause::system(now(), "test");
        let found = Found {
            local_id: Some(account.uuid()),
            external_id: Some("budi2".into()),
            field: Some("group".into()),
            ..Found::new(Engine::ACCESS, Subject::Account, Verdict::Differs)
        };
        db.write(&cause, async |tx: &mut Tx| {
            mark::mark(tx, Engine::BOOKS, Subject::Customer, customer.uuid()).await?;
            finding::report(tx, &found).await
        })
        .await
        .unwrap();
        assert_eq!(ties(&db, sub).await, [Tie::Waiting, Tie::Differs, Tie::Nothing]);
        assert_eq!(numbers(&db, Some(Only::Differs), None).await, 1);
        let counted = counts(&mut db.reader()).await.unwrap();
        let of = |engine| *counted.iter().find(|c| c.engine == engine).unwrap();
        let books = of(Engine::BOOKS);
        assert_eq!((books.ours, books.linked, books.waiting, books.differ), (1, 1, 1, 0));
        let access = of(Engine::ACCESS);
        assert_eq!((access.ours, access.linked, access.waiting, access.differ), (1, 1, 0, 1));
        db.write(&cause, async |tx: &mut Tx| {
            finding::report_as(tx, &found, FindingState::Healed).await
        })
        .await
        .unwrap();
        assert_eq!(numbers(&db, Some(Only::Differs), None).await, 0);
    })
    .await;
}

#[tokio::test]
async fn it_is_found_by_whatever_is_known_and_by_nobody_else() {
    both(&crate::schema(), async |db: Db| {
        db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
        let ground = Ground::lay(&db).await;
        let customer = ground.customer(&db, 1, "Budi").await;
        let sub = ground.subscription(&db, customer, "active").await;
        login(&db, 2, sub, customer, ground.branch).await;
        attach(&db, Engine::BOOKS).await;
        tied(&db, Engine::BOOKS, Subject::Customer, customer.uuid(), "CUST-00017").await;
        for text in ["budi", "BUDI2", "cust-0001"] {
            assert_eq!(numbers(&db, None, Some(text)).await, 1, "{text}");
        }
        assert_eq!(numbers(&db, None, Some("siti")).await, 0);
        let mut q = db.reader();
        for scope in [
            Scope { branch: Some(ground.other), ..Scope::all() },
            Scope { technician: Some(UserId::nil()), ..Scope::all() },
        ] {
            let rows = list(&mut q, &scope, &Filter::default(), None, 50).await.unwrap();
            assert!(rows.is_empty());
            let fault = find(&mut q, &scope, sub).await.unwrap_err();
            assert_eq!(fault.code, "billing.subscription_not_found");
        }
        let page = list(&mut q, &Scope::all(), &Filter::default(), Some(sub), 50).await.unwrap();
        assert!(page.is_empty(), "the page after the last");
    })
    .await;
}
