//! Six ops of two technicians each.

use fulfilment::field::FieldOp;
use serde_json::json;

use super::world::{FIRST, SECOND, Start, Who, op, photo};

/// Where it starts, what is sent, and what the end must show.
pub struct Case {
    pub start: Start,
    pub ops: Vec<(Who, FieldOp)>,
    pub expect: &'static [&'static str],
}

/// Both go to one order: each accepts, sets out, arrives.
pub fn arrival() -> Case {
    let chain = |who: Who, base: u8| {
        ["accept", "on_the_way", "on_site"].into_iter().zip(base..).map(move |(kind, n)| {
            let before = (n > base).then(|| n - 1);
            (who, op(n, i64::from(n), FIRST, before, json!({"kind": kind, "visit": 1})))
        })
    };
    Case {
        start: Start::Assigned,
        ops: chain(Who::Andi, 1).chain(chain(Who::Sari, 11)).collect(),
        expect: &[
            "SPK000001|on_site|",
            "|on_the_way|Andi|",
            "|on_site|Sari|",
            "Sari|13|on_site|applied",
        ],
    }
}

/// One scans, stands far off and closes; the other has the photo, the better position and the cable.
pub fn closing() -> Case {
    let gps = |lat: f64| json!({"kind": "gps", "lat": lat, "lon": 106.8, "accuracy_m": 9});
    let scan = json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"});
    let cable = json!({"kind": "use", "item_type": super::world::CABLE, "quantity": 25});
    Case {
        start: Start::OnSite,
        ops: vec![
            (Who::Andi, op(1, 1, FIRST, None, scan)),
            (Who::Andi, op(2, 2, FIRST, Some(1), gps(-6.21))),
            (Who::Andi, op(3, 3, FIRST, Some(2), json!({"kind": "done"}))),
            (Who::Sari, photo(11, 11, FIRST, None, "installation")),
            (Who::Sari, op(12, 12, FIRST, Some(11), gps(-6.2001))),
            (Who::Sari, op(13, 13, FIRST, Some(12), cable)),
        ],
        expect: &[
            "SPK000001|done|1|ZTEA1|",
            "|11|fine|",
            "ZTEA1|installed|",
            "S000001|active|",
            "Tas Sari|DROPCORE|75",
            "Andi|3|done|applied",
            "|live|4C:5E:0C:11:22:A1",
        ],
    }
}

/// A device of the colleague's bag is scanned: refused, the photo is held; the right one makes it good.
/// Meanwhile the colleague goes to another order.
pub fn refusal() -> Case {
    let scan = |serial: &str| json!({"kind": "scan", "serial": serial, "how": "scanned"});
    Case {
        start: Start::OnSite,
        ops: vec![
            (Who::Andi, op(1, 1, FIRST, None, scan("ZTEB1"))),
            (Who::Andi, photo(2, 2, FIRST, Some(1), "installation")),
            (Who::Andi, op(3, 3, FIRST, Some(2), scan("ZTEA1"))),
            (Who::Andi, op(4, 4, FIRST, Some(3), json!({"kind": "done"}))),
            (Who::Sari, op(11, 11, SECOND, None, json!({"kind": "accept"}))),
            (Who::Sari, op(12, 12, SECOND, Some(11), json!({"kind": "on_the_way"}))),
        ],
        expect: &[
            "SPK000001|done|1|ZTEA1|",
            "|no_gps|",
            "SPK000002|on_the_way|",
            "ZTEB1|in_transit|Tas Sari",
            "Andi|1|scan|refused|inventory.not_in_bag",
            "Andi|2|photo|applied",
            "S000001|active|",
        ],
    }
}

/// Every order of `n` things (Heap's algorithm).
pub fn permutations(n: usize) -> Vec<Vec<usize>> {
    let mut now: Vec<usize> = (0..n).collect();
    let mut all = vec![now.clone()];
    let mut turns = vec![0; n];
    let mut i = 1;
    while i < n {
        if turns[i] < i {
            now.swap(if i % 2 == 0 { 0 } else { turns[i] }, i);
            all.push(now.clone());
            turns[i] += 1;
            i = 1;
        } else {
            turns[i] = 0;
            i += 1;
        }
    }
    all
}
