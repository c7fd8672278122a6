//! What the room promises, on both databases.

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use kernel::actor::Who;
use kernel::{Actor, BranchId, Cause, Fault, PartnerId, Permission, Result, Scope, Ts, UserId};
use store::testing::{both, cause, now, race};
use store::{Db, QueryExt, Tx, args};

use crate::login::{self, Attempt, Opened};
use crate::matrix::Role;
use crate::user::{self, Change, NewUser};
use crate::{MIGRATIONS, secret, setting, throttle, token, totp};

mod secrets;

const PASSWORD: &str = "kuda lumping 7";

/// A vault as the program has one: XChaCha20-Poly1305, the user's id authenticated.
struct TestVault(XChaCha20Poly1305);

impl totp::Vault for TestVault {
    fn seal(&self, user: UserId, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; 24] = secret::random()?;
        let aad = user.uuid();
        let payload = Payload { msg: plain, aad: aad.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        Ok([nonce.to_vec(), sealed.map_err(|_| Fault::bug("sealing"))?].concat())
    }
    fn open(&self, user: UserId, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, sealed) =
            sealed.split_first_chunk::<24>().ok_or_else(|| Fault::bug("short"))?;
        let aad = user.uuid();
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Fault::bug("opening"))
    }
}

fn with_vault(db: &Db) {
    let vault = TestVault(XChaCha20Poly1305::new(&Key::from([7; 32])));
    db.with_ext(Arc::new(totp::Keys(Arc::new(vault))));
}

fn somebody(username: &str, roles: &[Role]) -> NewUser {
    NewUser {
        username: username.into(),
        name: "Budi Santoso".into(),
        phone: None,
        email: Some("budi@example.net".into()),
        password: PASSWORD.into(),
        roles: roles.to_vec(),
        branch: None,
        partner: None,
    }
}

async fn add(db: &Db, new: NewUser) -> Result<UserId> {
    db.write(&cause(now()), async move |tx: &mut Tx| user::create(tx, new.clone()).await).await
}

fn public(at: Ts) -> Cause {
    Cause::new(at, Actor::public(Some("10.0.0.7".into())))
}

async fn try_from(
    db: &Db,
    at: Ts,
    (username, password): (&str, &str),
    code: Option<&str>,
    address: &str,
) -> Result<Opened> {
    let attempt = Attempt {
        username: username.into(),
        password: password.into(),
        code: code.map(str::to_owned),
        address: address.into(),
        agent: Some("test".into()),
    };
    login::log_in(db, &public(at), attempt).await
}

async fn log_in(db: &Db, at: Ts, username: &str, password: &str) -> Result<Opened> {
    try_from(db, at, (username, password), None, "10.0.0.7").await
}

fn code_of<T>(result: Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(fault) => fault.code,
    }
}

fn field_of<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(fault) => fault.fields.iter().map(|f| f.name.clone()).collect::<Vec<_>>().join(" "),
    }
}

#[tokio::test]
async fn the_right_password_opens_a_session_that_ends() {
    both(&[&MIGRATIONS], async |db: Db| {
        let id = add(&db, somebody("Budi", &[Role::Sales])).await.unwrap();
        let opened = log_in(&db, now(), " BUDI ", PASSWORD).await.unwrap();
        let mut q = db.reader();
        let session = login::session_of(&mut q, &opened.token, now(), None).await.unwrap();
        assert_eq!(session.actor.who, Who::User(id));
        assert!(
            session.actor.may(Permission::LeadWrite) && !session.actor.may(Permission::NasWrite)
        );
        assert!(!session.stale);
        // Unused for a day it is over; used, it lasts 30 days at most.
        let day = 86_400;
        let at = |secs| now().plus_secs(secs);
        let answer = login::session_of(&mut q, &opened.token, at(day), None).await;
        assert_eq!(code_of(answer), "unauthenticated");
        for half_day in 1..60 {
            let at = at(half_day * day / 2);
            let session = login::session_of(&mut q, &opened.token, at, None).await.unwrap();
            assert!(session.stale);
            db.write(&cause(at), async |tx: &mut Tx| login::touch(tx, session.login).await)
                .await
                .unwrap();
        }
        let answer = login::session_of(&mut q, &opened.token, at(30 * day), None).await;
        assert_eq!(code_of(answer), "unauthenticated");
        // Ended by its owner, not by others.
        let opened = log_in(&db, now(), "budi", PASSWORD).await.unwrap();
        let other = add(&db, somebody("siti", &[Role::Sales])).await.unwrap();
        for (who, expect) in [(other, "identity.login_not_found"), (id, "ok")] {
            let ended = db
                .write(&cause(now()), async |tx: &mut Tx| login::end(tx, who, opened.login).await)
                .await;
            assert_eq!(code_of(ended), expect);
        }
        let answer = login::actor_of_session(&mut q, &opened.token, now()).await;
        assert_eq!(code_of(answer), "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn unknown_disabled_and_wrong_answer_alike() {
    both(&[&MIGRATIONS], async |db: Db| {
        add(&db, somebody("owner", &[Role::Owner])).await.unwrap();
        let id = add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        let opened = log_in(&db, now(), "budi", PASSWORD).await.unwrap();
        db.write(&cause(now()), async |tx: &mut Tx| user::disable(tx, id).await).await.unwrap();
        let mut faults = Vec::new();
        for (username, password) in
            [("budi", PASSWORD), ("owner", "salah sekali"), ("hantu", PASSWORD)]
        {
            let Err(fault) = log_in(&db, now(), username, password).await else {
                panic!("{username} got in");
            };
            faults.push((fault.kind, fault.code, fault.id, fault.en));
        }
        assert!(faults.windows(2).all(|w| w[0] == w[1]), "{faults:?}");
        // Disabling cut the open session off.
        let answer = login::actor_of_session(&mut db.reader(), &opened.token, now()).await;
        assert_eq!(code_of(answer), "unauthenticated");
        db.write(&cause(now()), async |tx: &mut Tx| user::enable(tx, id).await).await.unwrap();
        assert!(log_in(&db, now(), "budi", PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn guessing_is_limited_by_account_and_address_and_ends_by_itself() {
    both(&[&MIGRATIONS], async |db: Db| {
        add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        for _ in 0..throttle::PER_PAIR {
            assert_eq!(
                code_of(log_in(&db, now(), "budi", "salah").await),
                "identity.login_refused"
            );
        }
        // From here on even the right password is not looked at, from this address.
        assert_eq!(code_of(log_in(&db, now(), "budi", PASSWORD).await), "identity.too_many_tries");
        let elsewhere = try_from(&db, now(), ("budi", PASSWORD), None, "10.0.0.8").await;
        assert_eq!(code_of(elsewhere), "ok");
        // A right login from elsewhere does not reset this address's count.
        assert_eq!(code_of(log_in(&db, now(), "budi", PASSWORD).await), "identity.too_many_tries");
        let later = now().plus_secs(15 * 60);
        assert_eq!(code_of(log_in(&db, later, "budi", PASSWORD).await), "ok");
        // An account nobody has is limited the same way.
        for n in 0..=throttle::PER_PAIR {
            let code = code_of(log_in(&db, now(), "hantu", "salah").await);
            let full = n == throttle::PER_PAIR;
            assert_eq!(
                code,
                if full { "identity.too_many_tries" } else { "identity.login_refused" }
            );
        }
    })
    .await;
}

#[tokio::test]
async fn one_address_can_not_try_many_accounts_nor_many_addresses_one_account() {
    both(&[&MIGRATIONS], async |db: Db| {
        let count = async |account: &str, address: &str| {
            db.write(&cause(now()), async |tx: &mut Tx| {
                throttle::charge(tx, account, address).await
            })
            .await
        };
        for n in 0..throttle::PER_ADDRESS {
            count(&format!("account{n}"), "10.0.0.9").await.unwrap();
        }
        assert_eq!(code_of(count("one more", "10.0.0.9").await), "identity.too_many_tries");
        for n in 0..throttle::PER_ACCOUNT {
            count("wanted", &format!("10.1.0.{n}")).await.unwrap();
        }
        assert_eq!(code_of(count("wanted", "10.2.0.1").await), "identity.too_many_tries");
    })
    .await;
}

#[tokio::test]
async fn a_one_time_code_is_needed_once_set_up_and_taken_once() {
    both(&[&MIGRATIONS], async |db: Db| {
        with_vault(&db);
        let id = add(&db, somebody("budi", &[Role::Finance])).await.unwrap();
        let begun = login::begin_totp(&db, &cause(now()), id, "salah", "Contoh Net").await;
        assert_eq!(field_of(begun), "password");
        let begun =
            login::begin_totp(&db, &cause(now()), id, PASSWORD, "Contoh Net").await.unwrap();
        // Begun is not on.
        assert!(log_in(&db, now(), "budi", PASSWORD).await.is_ok());
        let confirm = async |code: String| {
            db.write(&cause(now()), async |tx: &mut Tx| login::confirm_totp(tx, id, &code).await)
                .await
        };
        let right = totp::code_at(&begun.secret, now()).unwrap();
        let wrong = if right == "000000" { "000001" } else { "000000" };
        assert_eq!(field_of(confirm(wrong.into()).await), "code");
        confirm(right.clone()).await.unwrap();
        assert_eq!(code_of(confirm(right.clone()).await), "identity.totp_not_begun");
        let with = async |at: Ts, code: Option<&str>| {
            code_of(try_from(&db, at, ("budi", PASSWORD), code, "10.0.0.7").await)
        };
        assert_eq!(with(now(), None).await, "identity.code_needed");
        assert_eq!(with(now(), Some(&right)).await, "identity.code_refused");
        let later = now().plus_secs(60);
        let next = totp::code_at(&begun.secret, later).unwrap();
        assert_eq!(with(later, Some(&next)).await, "ok");
        assert_eq!(with(later, Some(&next)).await, "identity.code_refused");
        // The wrong password hides whether there is a code.
        let answer = try_from(&db, later, ("budi", "salah"), None, "10.0.0.7").await;
        assert_eq!(code_of(answer), "identity.login_refused");
        assert_eq!(field_of(login::end_totp(&db, &cause(later), id, "salah").await), "password");
        login::end_totp(&db, &cause(later), id, PASSWORD).await.unwrap();
        assert_eq!(with(later, None).await, "ok");
    })
    .await;
}

#[tokio::test]
async fn one_code_used_twice_at_once_opens_one_session() {
    both(&[&MIGRATIONS], async |db: Db| {
        with_vault(&db);
        let id = add(&db, somebody("budi", &[Role::Finance])).await.unwrap();
        let begun = login::begin_totp(&db, &cause(now()), id, PASSWORD, "Contoh").await.unwrap();
        let code = totp::code_at(&begun.secret, now()).unwrap();
        db.write(&cause(now()), async |tx: &mut Tx| login::confirm_totp(tx, id, &code).await)
            .await
            .unwrap();
        let at = now().plus_secs(90);
        let code = totp::code_at(&begun.secret, at).unwrap();
        let (a, b) = race(|n| {
            let (db, code) = (db.clone(), code.clone());
            async move {
                let address = format!("10.0.1.{n}");
                code_of(try_from(&db, at, ("budi", PASSWORD), Some(&code), &address).await)
            }
        })
        .await;
        let mut both = [a, b];
        both.sort_unstable();
        assert_eq!(both, ["identity.code_refused", "ok"]);
    })
    .await;
}

#[tokio::test]
async fn who_must_set_up_a_code_may_do_nothing_else_first() {
    both(&[&MIGRATIONS], async |db: Db| {
        with_vault(&db);
        let id = add(&db, somebody("budi", &[Role::Finance])).await.unwrap();
        let opened = log_in(&db, now(), "budi", PASSWORD).await.unwrap();
        db.write(&cause(now()), async |tx: &mut Tx| {
            setting::require_totp(tx, &[Role::Owner, Role::Finance, Role::Noc]).await
        })
        .await
        .unwrap();
        let mut q = db.reader();
        let actor = login::actor_of_session(&mut q, &opened.token, now()).await.unwrap();
        assert!(actor.may(Permission::SelfWrite) && !actor.may(Permission::InvoiceRead));
        let begun = login::begin_totp(&db, &cause(now()), id, PASSWORD, "Contoh").await.unwrap();
        let code = totp::code_at(&begun.secret, now()).unwrap();
        db.write(&cause(now()), async |tx: &mut Tx| login::confirm_totp(tx, id, &code).await)
            .await
            .unwrap();
        let actor = login::actor_of_session(&mut q, &opened.token, now()).await.unwrap();
        assert!(actor.may(Permission::InvoiceRead));
    })
    .await;
}

#[tokio::test]
async fn a_password_given_by_somebody_else_must_be_changed_first() {
    both(&[&MIGRATIONS], async |db: Db| {
        let id = add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        let old = log_in(&db, now(), "budi", PASSWORD).await.unwrap();
        let given = "sementara saja 1";
        db.write(&cause(now()), async |tx: &mut Tx| user::reset_password(tx, id, given).await)
            .await
            .unwrap();
        let mut q = db.reader();
        assert!(login::actor_of_session(&mut q, &old.token, now()).await.is_err());
        let here = log_in(&db, now(), "budi", given).await.unwrap();
        let there = log_in(&db, now(), "budi", given).await.unwrap();
        let actor = login::actor_of_session(&mut q, &here.token, now()).await.unwrap();
        assert!(!actor.may(Permission::LeadRead));
        let change = async |current: &str, new: &str| {
            let keep = Some(here.login);
            login::change_password(&db, &cause(now()), id, keep, (current, new)).await
        };
        assert_eq!(field_of(change("salah", "gunung merapi 9").await), "current");
        assert_eq!(field_of(change(given, "pendek").await), "new");
        assert_eq!(field_of(change(given, given).await), "new");
        change(given, "gunung merapi 9").await.unwrap();
        let actor = login::actor_of_session(&mut q, &here.token, now()).await.unwrap();
        assert!(actor.may(Permission::LeadRead));
        assert!(login::actor_of_session(&mut q, &there.token, now()).await.is_err());
        assert_eq!(login::list(&mut q, id, now()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_token_allows_what_both_its_owner_and_itself_allow() {
    both(&[&MIGRATIONS], async |db: Db| {
        add(&db, somebody("owner", &[Role::Owner])).await.unwrap();
        let id = add(&db, somebody("budi", &[Role::Sales, Role::Warehouse])).await.unwrap();
        let opened = log_in(&db, now(), "budi", PASSWORD).await.unwrap();
        let actor = login::actor_of_session(&mut db.reader(), &opened.token, now()).await.unwrap();
        let as_budi = Cause::new(now(), actor);
        let make = async |permissions: &[Permission], days: i64| {
            let new = token::NewToken {
                name: "gudang".into(),
                permissions: permissions.to_vec(),
                expires_at: now().plus_days(days),
            };
            db.write(&as_budi, async |tx: &mut Tx| token::create(tx, new.clone()).await).await
        };
        let both = [Permission::LeadRead, Permission::StockWrite];
        assert_eq!(field_of(make(&[Permission::NasWrite], 9).await), "permissions");
        assert_eq!(field_of(make(&[Permission::SelfWrite], 9).await), "permissions");
        assert_eq!(field_of(make(&[], 9).await), "permissions");
        assert_eq!(field_of(make(&both, 367).await), "expires_at");
        assert_eq!(field_of(make(&both, 0).await), "expires_at");
        let (first, plain) = make(&both, 30).await.unwrap();
        assert!(plain.starts_with(token::PREFIX));
        let mut q = db.reader();
        let bearer = token::actor_of_token(&mut q, &plain, now(), None).await.unwrap();
        assert_eq!(bearer.actor.permissions, both.into_iter().collect());
        assert!(bearer.stale);
        // The owner's rights go down, and the token's with them.
        let change = Change {
            name: "Budi".into(),
            phone: None,
            email: None,
            roles: vec![Role::Sales],
            branch: None,
            partner: None,
        };
        db.write(&cause(now()), async |tx: &mut Tx| user::update(tx, id, change.clone()).await)
            .await
            .unwrap();
        let bearer = token::actor_of_token(&mut q, &plain, now(), None).await.unwrap();
        assert_eq!(bearer.actor.permissions, [Permission::LeadRead].into_iter().collect());
        let over = token::actor_of_token(&mut q, &plain, now().plus_days(30), None).await;
        assert_eq!(code_of(over), "unauthenticated");
        let stranger = add(&db, somebody("siti", &[Role::Sales])).await.unwrap();
        for (who, expect) in [(stranger, "identity.token_not_found"), (id, "ok"), (id, "ok")] {
            let done = db
                .write(&cause(now()), async |tx: &mut Tx| token::revoke(tx, who, first).await)
                .await;
            assert_eq!(code_of(done), expect);
        }
        assert!(token::actor_of_token(&mut q, &plain, now(), None).await.is_err());
        assert_eq!(token::list(&mut q, id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_users_fields_are_checked_all_at_once() {
    both(&[&MIGRATIONS], async |db: Db| {
        let bad = NewUser {
            username: "b!".into(),
            name: " ".into(),
            email: Some("nobody".into()),
            password: "123".into(),
            roles: vec![],
            ..somebody("x", &[])
        };
        assert_eq!(field_of(add(&db, bad).await), "username name email roles password");
        let partner = Some(PartnerId::nil());
        for (roles, partner, field) in [
            (vec![Role::Reseller], None, "partner_id"),
            (vec![Role::Sales], partner, "partner_id"),
            (vec![Role::Reseller, Role::Sales], partner, "roles"),
            (vec![Role::Customer], None, "roles"),
        ] {
            let new = NewUser { roles, partner, ..somebody("budi", &[]) };
            assert_eq!(field_of(add(&db, new).await), field);
        }
        add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        assert_eq!(field_of(add(&db, somebody("BUDI", &[Role::Sales])).await), "username");
    })
    .await;
}

#[tokio::test]
async fn the_same_name_taken_twice_at_once_is_one_user() {
    both(&[&MIGRATIONS], async |db: Db| {
        let (a, b) = race(|_| {
            let db = db.clone();
            async move { field_of(add(&db, somebody("budi", &[Role::Sales])).await) }
        })
        .await;
        let mut both = [a, b];
        both.sort_unstable();
        assert_eq!(both, ["ok", "username"]);
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_can_neither_go_nor_give_it_up_even_at_once() {
    both(&[&MIGRATIONS], async |db: Db| {
        let first = add(&db, somebody("satu", &[Role::Owner])).await.unwrap();
        let disable = |db: Db, id: UserId| async move {
            code_of(
                db.write(&cause(now()), async move |tx: &mut Tx| user::disable(tx, id).await).await,
            )
        };
        assert_eq!(disable(db.clone(), first).await, "identity.last_owner");
        let second = add(&db, somebody("dua", &[Role::Owner])).await.unwrap();
        let (a, b) = race(|n| disable(db.clone(), if n == 0 { first } else { second })).await;
        let mut both = [a, b];
        both.sort_unstable();
        assert_eq!(both, ["identity.last_owner", "ok"]);
    })
    .await;
}

#[tokio::test]
async fn somebody_bound_to_a_branch_reaches_no_other() {
    both(&[&MIGRATIONS], async |db: Db| {
        let (here, there): (BranchId, BranchId) = (
            "0193a9d0-0000-7000-8000-000000000001".parse().unwrap(),
            "0193a9d0-0000-7000-8000-000000000002".parse().unwrap(),
        );
        add(&db, somebody("pusat", &[Role::Owner])).await.unwrap();
        let of = |name: &str, branch, roles: &[Role]| NewUser { branch, ..somebody(name, roles) };
        let boss = add(&db, of("bos", Some(here), &[Role::Owner])).await.unwrap();
        let far = add(&db, of("jauh", Some(there), &[Role::Technician])).await.unwrap();
        let near = add(&db, of("dekat", Some(here), &[Role::Technician])).await.unwrap();
        let opened = log_in(&db, now(), "bos", PASSWORD).await.unwrap();
        let actor = login::actor_of_session(&mut db.reader(), &opened.token, now()).await.unwrap();
        assert_eq!(actor.user(), Some(boss));
        assert_eq!(actor.scope, Scope { branch: Some(here), ..Scope::all() });
        let as_boss = Cause::new(now(), actor.clone());
        let mut q = db.reader();
        let found = user::find(&mut q, &actor.scope, far).await;
        assert_eq!(code_of(found), "identity.user_not_found");
        let listed = user::list(&mut q, &actor.scope, None, None, 50).await.unwrap();
        assert_eq!(
            listed.iter().map(|u| u.username.as_str()).collect::<Vec<_>>(),
            ["bos", "dekat"]
        );
        for (branch, expect) in
            [(None, "branch_id"), (Some(there), "branch_id"), (Some(here), "ok")]
        {
            let new = of(&format!("baru{}", expect.len()), branch, &[Role::Sales]);
            let made =
                db.write(&as_boss, async |tx: &mut Tx| user::create(tx, new.clone()).await).await;
            assert_eq!(field_of(made), expect);
        }
        let cut = db.write(&as_boss, async |tx: &mut Tx| user::disable(tx, far).await).await;
        assert_eq!(code_of(cut), "identity.user_not_found");
        // A technician who is nothing else sees only their own.
        let opened = log_in(&db, now(), "dekat", PASSWORD).await.unwrap();
        let tech = login::actor_of_session(&mut q, &opened.token, now()).await.unwrap();
        assert_eq!(tech.scope.technician, Some(near));
        let sent = crate::technicians(&mut q, Some(here)).await.unwrap();
        assert_eq!(sent.iter().map(|u| u.id).collect::<Vec<_>>(), [near]);
        let refused = db
            .write(&Cause::new(now(), tech.clone()), async |tx: &mut Tx| {
                user::enable(tx, far).await
            })
            .await;
        assert_eq!(code_of(refused), "forbidden");
    })
    .await;
}

#[tokio::test]
async fn lists_go_on_where_they_stopped_and_search_both_names() {
    both(&[&MIGRATIONS], async |db: Db| {
        for name in ["ani", "budi", "citra"] {
            add(&db, somebody(name, &[Role::Sales])).await.unwrap();
        }
        let mut q = db.reader();
        let mut names = async |after: Option<&str>, search: Option<&str>, limit| {
            let users = user::list(&mut q, &Scope::all(), after, search, limit).await.unwrap();
            users.into_iter().map(|u| u.username).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(None, None, 2).await, "ani budi");
        assert_eq!(names(Some("budi"), None, 2).await, "citra");
        assert_eq!(names(None, Some("CIT"), 9).await, "citra");
        assert_eq!(names(None, Some("santoso"), 9).await, "ani budi citra");
        assert_eq!(names(None, Some("%_%"), 9).await, "ani budi citra");
        assert_eq!(names(None, Some("zzz"), 9).await, "");
    })
    .await;
}

#[tokio::test]
async fn nothing_secret_is_stored_in_the_clear_and_every_change_is_journaled() {
    both(&[&MIGRATIONS], async |db: Db| {
        let id = add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        let opened = log_in(&db, now().plus_secs(1), "budi", PASSWORD).await.unwrap();
        let mut q = db.reader();
        let hash: Vec<u8> =
            q.value("select token_hash from identity_login", args![]).await.unwrap();
        assert_eq!(hash, secret::hash(&opened.token));
        let actions: Vec<String> = q
            .values("select action from store_journal where subject_id = $1 order by id", args![id])
            .await
            .unwrap();
        assert_eq!(actions, ["created", "logged_in"]);
        let after: Vec<Option<serde_json::Value>> =
            q.values("select after_state from store_journal", args![]).await.unwrap();
        let text = serde_json::to_string(&after).unwrap();
        for secret in [PASSWORD, "argon2", "budi@example.net", &opened.token] {
            assert!(!text.contains(secret), "{text}");
        }
    })
    .await;
}

/// Somebody with every permission of an owner.
fn owner(user: UserId, name: &str) -> Cause {
    let mut actor = Actor::system("test");
    (actor.who, actor.name) = (Who::User(user), name.to_owned());
    Cause::new(now(), actor)
}
