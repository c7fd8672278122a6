//! Passwords and codes that somebody else touched, at once too.

use super::*;

#[tokio::test]
async fn whoever_was_given_a_password_changes_it_and_its_tokens_end_with_it() {
    both(&[&MIGRATIONS], async |db: Db| {
        let boss = add(&db, somebody("bos", &[Role::Owner])).await.unwrap();
        assert!(!find_user(&db, boss).await.must_change, "the program was told one's own password");
        let by_hand = owner(boss, "Bos");
        let new = somebody("siti", &[Role::Sales]);
        let siti = db
            .write(&by_hand, async move |tx: &mut Tx| user::create(tx, new.clone()).await)
            .await
            .unwrap();
        assert!(find_user(&db, siti).await.must_change);
        let of_siti = {
            let actor = Actor { who: Who::User(siti), ..Actor::system("test") };
            Cause::new(now(), actor)
        };
        let token = async || {
            let new = token::NewToken {
                name: "laporan".into(),
                permissions: vec![Permission::LeadRead],
                expires_at: now().plus_days(1),
            };
            let work = async move |tx: &mut Tx| token::create(tx, new.clone()).await;
            db.write(&of_siti, work).await.unwrap()
        };
        let living = async || {
            let tokens = token::list(&mut db.reader(), siti).await.unwrap();
            tokens.iter().filter(|token| token.revoked_at.is_none()).count()
        };
        token().await;
        let change = (PASSWORD, "gunung merapi 9");
        login::change_password(&db, &of_siti, siti, None, change).await.unwrap();
        assert_eq!(living().await, 0, "changed by themselves");
        token().await;
        let work = async |tx: &mut Tx| user::reset_password(tx, siti, "sementara saja 1").await;
        db.write(&by_hand, work).await.unwrap();
        assert_eq!(living().await, 0, "given by somebody else");
    })
    .await;
}

async fn find_user(db: &Db, id: UserId) -> user::User {
    user::find(&mut db.reader(), &Scope::all(), id).await.unwrap()
}

#[tokio::test]
async fn a_password_given_meanwhile_is_not_overwritten_and_of_two_changes_one_holds() {
    both(&[&MIGRATIONS], async |db: Db| {
        let budi = add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        let results = race(|n| {
            let db = db.clone();
            async move {
                let new = format!("gunung merapi {n}");
                let cause = owner(budi, "Budi");
                login::change_password(&db, &cause, budi, None, (PASSWORD, &new)).await
            }
        });
        let (a, b) = results.await;
        let refused = [code_of(a), code_of(b)];
        let held = refused.iter().filter(|code| **code == "ok").count();
        assert_eq!(held, 1, "{refused:?}");
        let other = refused.iter().find(|code| **code != "ok").unwrap();
        // Either it saw the new password already, or it lost the race for the row.
        assert!(["identity.password_changed", "invalid_fields"].contains(other), "{other}");
    })
    .await;
}

#[tokio::test]
async fn a_code_confirmed_twice_at_once_stays_on_and_is_not_begun_again_over_it() {
    both(&[&MIGRATIONS], async |db: Db| {
        with_vault(&db);
        let budi = add(&db, somebody("budi", &[Role::Noc])).await.unwrap();
        let cause = owner(budi, "Budi");
        let made = login::begin_totp(&db, &cause, budi, PASSWORD, "ISP").await.unwrap();
        let code = totp::code_at(&made.secret, now()).unwrap();
        let (a, b) = race(|n| {
            let (db, code, cause) = (db.clone(), code.clone(), cause.clone());
            async move {
                if n == 0 {
                    let work = async move |tx: &mut Tx| login::confirm_totp(tx, budi, &code).await;
                    db.write(&cause, work).await
                } else {
                    login::begin_totp(&db, &cause, budi, PASSWORD, "ISP").await.map(drop)
                }
            }
        })
        .await;
        let codes = (code_of(a), code_of(b));
        let user = find_user(&db, budi).await;
        match codes {
            // Confirmed first, or begun anew with another secret first: never switched off in between.
            ("ok", "identity.totp_on") => assert!(user.has_totp),
            (_, "ok") => assert!(!user.has_totp, "{codes:?}"),
            _ => panic!("{codes:?}"),
        }
        let begun: i64 = db
            .reader()
            .value("select count(*) from store_journal where action = 'totp_begun'", args![])
            .await
            .unwrap();
        assert!(begun >= 1);
    })
    .await;
}

#[tokio::test]
async fn an_edit_says_which_fields_changed_and_no_personal_data() {
    both(&[&MIGRATIONS], async |db: Db| {
        let budi = add(&db, somebody("budi", &[Role::Sales])).await.unwrap();
        let change = Change {
            name: "Budi Hartono".into(),
            phone: None,
            email: Some("hartono@example.net".into()),
            roles: vec![Role::Sales],
            branch: None,
            partner: None,
        };
        add(&db, somebody("bos", &[Role::Owner])).await.unwrap();
        let work = async move |tx: &mut Tx| user::update(tx, budi, change.clone()).await;
        db.write(&cause(now()), work).await.unwrap();
        let after: serde_json::Value = db
            .reader()
            .value(
                "select after_state from store_journal where subject_id = $1 and action = 'changed'",
                args![budi],
            )
            .await
            .unwrap();
        assert_eq!(after["changed"], serde_json::json!(["name", "email"]));
        assert!(!after.to_string().to_lowercase().contains("hartono"), "{after}");
    })
    .await;
}
