//! The ordering rules by themselves.

use super::*;

const SUBJECT: &str = "0193a9d0-0000-7000-8000-0000000000aa";

fn id(n: u8) -> FieldOpId {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

fn op(n: u8, kind: &str, based_on: Option<u8>) -> FieldOp {
    FieldOp {
        op_id: id(n),
        v: 1,
        device: "hp-1".into(),
        seq: i64::from(n),
        occurred_at: Ts::from_secs(i64::from(n)),
        subject: SUBJECT.parse().unwrap(),
        based_on: based_on.map(|n| id(n).to_string()),
        body: json!({ "kind": kind }),
    }
}

fn kept(op: &FieldOp, state: OpState) -> Kept {
    Kept {
        user_id: UserId::nil(),
        op_id: op.op_id,
        device: op.device.clone(),
        seq: op.seq,
        subject: op.subject,
        v: op.v,
        occurred_at: op.occurred_at,
        based_on: op.based_on.clone(),
        kind: op.kind().to_owned(),
        body: op.body.clone(),
        body_hash: op.hash(),
        state,
        result: None,
        received_at: op.occurred_at,
        applied_at: None,
    }
}

fn said(turn: &Turn) -> &'static str {
    match turn {
        Turn::Apply => "apply",
        Turn::Wait => "wait",
        Turn::Held(_) => "held",
        Turn::Refuse(_) => "refuse",
    }
}

fn check(op: &FieldOp, known: &[(&FieldOp, OpState)], expect: &str) {
    let chain: Vec<Kept> = known.iter().map(|(op, state)| kept(op, *state)).collect();
    assert_eq!(said(&turn(op, &chain)), expect, "{op:?} after {known:?}");
}

#[test]
fn an_op_waits_for_the_one_before_it() {
    let (one, two) = (op(1, "accept", None), op(2, "on_the_way", Some(1)));
    check(&one, &[], "apply");
    check(&two, &[], "wait");
    check(&two, &[(&one, OpState::Waiting)], "wait");
    check(&two, &[(&one, OpState::Applied)], "apply");
}

#[test]
fn an_op_that_names_none_before_it_follows_the_latest_that_is_known() {
    let one = op(1, "accept", None);
    let two = FieldOp { based_on: Some("7".into()), ..op(2, "on_the_way", None) };
    check(&two, &[], "apply");
    check(&two, &[(&one, OpState::Applied)], "apply");
    check(&two, &[(&one, OpState::Waiting)], "wait");
    check(&two, &[(&one, OpState::Refused)], "held");
}

#[test]
fn a_refused_op_holds_back_the_later_ones_until_it_is_made_good() {
    use OpState::{Applied, Held, Refused};
    let scan = op(4, "scan", None);
    let (photo, gps) = (op(5, "photo", Some(4)), op(6, "gps", Some(5)));
    check(&photo, &[(&scan, Refused)], "held");
    check(&gps, &[(&scan, Refused), (&photo, Held)], "held");
    let held = [(&scan, Refused), (&photo, Held), (&gps, Held)];
    for kind in ["scan", "fail", "skip"] {
        check(&op(8, kind, Some(6)), &held, "apply");
        check(&op(8, kind, None), &held, "apply");
        let again = op(8, kind, Some(6));
        let good = [(&scan, Refused), (&photo, Held), (&gps, Held), (&again, Applied)];
        check(&photo, &good, "apply");
        check(&gps, &good, "wait");
        let good = [(&scan, Refused), (&photo, Applied), (&gps, Held), (&again, Applied)];
        check(&gps, &good, "apply");
    }
    check(&op(8, "done", Some(6)), &held, "held");
    let refused_again = op(8, "scan", Some(6));
    let bad = [(&scan, Refused), (&photo, Held), (&gps, Held), (&refused_again, Refused)];
    check(&photo, &bad, "held");
    check(&op(9, "scan", Some(8)), &bad, "apply");
}

#[test]
fn a_chain_that_runs_backwards_is_refused() {
    let five = op(5, "gps", None);
    check(&op(3, "photo", Some(5)), &[(&five, OpState::Applied)], "refuse");
    check(&op(5, "gps", Some(5)), &[(&five, OpState::Applied)], "refuse");
}

#[test]
fn the_hash_is_of_the_content_and_not_of_its_spelling() {
    let base = op(1, "scan", None);
    let with = |text: &str| FieldOp { body: serde_json::from_str(text).unwrap(), ..base.clone() };
    let one = with(r#"{"kind":"scan","serial":"A","n":[1,{"b":2,"a":1}]}"#);
    let same = with(r#"{ "n": [1, {"a":1, "b":2}], "serial":"A", "kind":"scan" }"#);
    assert_eq!(one.hash(), same.hash());
    let other = FieldOp { op_id: id(9), ..one.clone() };
    assert_eq!(one.hash(), other.hash(), "the id is the key, not the content");
    for different in [
        with(r#"{"kind":"scan","serial":"B","n":[1,{"b":2,"a":1}]}"#),
        FieldOp { seq: 2, ..one.clone() },
        FieldOp { based_on: Some("x".into()), ..one.clone() },
        FieldOp { occurred_at: Ts::from_secs(99), ..one.clone() },
        FieldOp { device: "hp-2".into(), ..one.clone() },
    ] {
        assert_ne!(one.hash(), different.hash(), "{different:?}");
    }
}

#[test]
fn this_version_and_the_one_before_it_are_understood() {
    let accepted: Vec<i64> = (-1..=6).filter(|v| understood(4, *v)).collect();
    assert_eq!(accepted, [3, 4]);
    let accepted: Vec<i64> = (-1..=3).filter(|v| understood(1, *v)).collect();
    assert_eq!(accepted, [1]);
}

#[test]
fn an_op_without_its_parts_is_refused_before_it_is_kept() {
    assert!(check_envelope(&op(1, "scan", None)).is_ok());
    for (bad, code) in [
        (FieldOp { v: 2, ..op(1, "scan", None) }, "fulfilment.op_version"),
        (FieldOp { v: 0, ..op(1, "scan", None) }, "fulfilment.op_version"),
        (FieldOp { device: String::new(), ..op(1, "scan", None) }, "fulfilment.op_envelope"),
        (FieldOp { seq: 0, ..op(1, "scan", None) }, "fulfilment.op_envelope"),
        (FieldOp { body: json!([]), ..op(1, "scan", None) }, "fulfilment.op_envelope"),
        (op(1, "", None), "fulfilment.op_envelope"),
    ] {
        assert_eq!(check_envelope(&bad).unwrap_err().code, code, "{bad:?}");
    }
}
