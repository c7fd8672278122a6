//! Whatever a believed NAS sends is answered or dropped, kept, applied and read back: nothing that is
//! stored stops those who read it later.

use std::sync::Arc;

use network::{MacPolicy, access, account, reject, session};
use radius::packet::PACKET_BYTES_MAX;
use radius::{Builder, Code, Packet, kind};

use crate::engine::{Answer, Engine, Settings};
use crate::feed::Feed;
use crate::kit::world::{World, both, isolated, sqlite, subscription};
use crate::kit::{Asker, Method, PASSWORD, at};
use crate::spool::Spool;
use crate::{Directory, apply, scribe};

/// Repeatable chance (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }
    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }
    fn bytes(&mut self) -> Vec<u8> {
        let length = self.roll(40);
        (0..length).map(|_| self.roll(256) as u8).collect()
    }
}

const STATIONS: [&[u8]; 8] = [
    b"FF-FF-FF-FF-FF-FF",
    b"112233445566",
    b"00:00:00:00:00:00",
    b"01:00:5E:00:00:01",
    b"4a:5e:0c:00:00:01",
    b"10.64.0.9",
    b"+62 812 3456 7890",
    b"\xff\x00",
];

struct Scene {
    world: World,
    engine: Engine,
    spool: Spool,
    nas: Asker,
    kept: usize,
    _folder: tempfile::TempDir,
}

async fn scene(world: World) -> Scene {
    world.subscriber(1, "budi", MacPolicy::Off, at(0)).await;
    world.subscriber(2, "siti", MacPolicy::ScanConfirm, at(0)).await;
    let directory = Arc::new(Directory::default());
    Feed::default().load(&world.db, &directory, at(1)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(&folder.path().join("spool.db"), at(0)).await.unwrap();
    let mut nas = Asker::new();
    nas.from = "127.0.0.1:5000".parse().unwrap();
    let engine = Engine::new(directory, &Settings::default());
    Scene { world, engine, spool, nas, kept: 0, _folder: folder }
}

impl Scene {
    /// Signs these attributes as the NAS would.
    fn signed(&self, code: Code, id: u8, attributes: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut room = [0; PACKET_BYTES_MAX];
        let authenticator = if code == Code::AccessRequest { [id ^ 0x5a; 16] } else { [0; 16] };
        let mut builder = Builder::request(&mut room, code, id, &authenticator);
        if code == Code::AccessRequest {
            builder = builder.message_authenticator();
        }
        for (kind, value) in attributes {
            builder.put(*kind, value);
        }
        match code {
            Code::AccessRequest => builder.sign_request(&self.nas.secret).unwrap().to_vec(),
            _ => builder.sign_hashed_request(&self.nas.secret).unwrap().to_vec(),
        }
    }

    async fn send(&mut self, packet: &[u8], secs: i64) {
        if let Answer::Account { entry, reply, ticket } =
            self.engine.answer(packet, self.nas.from, at(secs))
        {
            self.spool.write(&entry, at(secs)).await.unwrap();
            self.engine.kept(&ticket, &reply, at(secs));
            self.kept += 1;
        }
    }

    /// Writes everything down, then reads all that staff, the enforcer and a restart read.
    async fn settle(&self, secs: i64) {
        let (db, engine, now) = (&self.world.db, &self.engine, at(secs));
        while scribe::write(db, engine.directory(), &engine.notes, None, now).await.unwrap() > 0 {}
        loop {
            let round = apply::apply(db, &self.spool, now, 500).await.unwrap();
            assert_eq!(round.set_aside, 0);
            if round.groups == 0 {
                break;
            }
        }
        for n in [1, 2] {
            self.world.intend(n, isolated(), now).await;
        }
        access::claim_unenforced(db, now, 10).await.unwrap();
        let again = Directory::default();
        Feed::default().load(db, &again, now).await.unwrap();
        assert_eq!(again.accounts(), 2);
        let mut q = db.reader();
        let everybody = kernel::Scope::all();
        session::list(&mut q, &everybody, &session::Filter::default(), None, 5_000).await.unwrap();
        reject::list(&mut q, &everybody, at(0), None, None, 5_000).await.unwrap();
        for n in [1, 2] {
            reject::latest(&mut q, subscription(n), at(0)).await.unwrap();
            account::of_subscription(&mut q, subscription(n)).await.unwrap().expect("an account");
        }
        assert_eq!(network::invariants::check(&mut q).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_station_that_is_no_device_stops_nobody_who_reads_it_later() {
    both(async |world| {
        let mut scene = scene(world).await;
        let mut id = 0;
        for station in STATIONS {
            for name in ["budi", "siti", "hantu"] {
                id += 1;
                let attributes = [
                    (kind::USER_NAME, name.as_bytes().to_vec()),
                    (kind::CALLING_STATION_ID, station.to_vec()),
                    (kind::ACCT_STATUS_TYPE, vec![0, 0, 0, 1]),
                    (kind::ACCT_SESSION_ID, vec![b's', id]),
                ];
                let login = scene.signed(Code::AccessRequest, id, &attributes[..2]);
                scene.send(&login, i64::from(id)).await;
                let start = scene.signed(Code::AccountingRequest, id, &attributes);
                scene.send(&start, i64::from(id)).await;
            }
        }
        assert_eq!(scene.kept, STATIONS.len() * 3);
        scene.settle(100).await;
        let sessions = scene.world.sessions(1).await;
        assert!(sessions.iter().any(|s| s.mac.is_none()));
        let macs: Vec<_> = sessions.iter().filter_map(|s| s.mac).collect();
        assert_eq!(macs, [crate::kit::mac(1)], "only a device's address is one");
    })
    .await;
}

#[tokio::test]
async fn random_and_changed_packets_go_all_the_way_and_are_read_back() {
    let (world, _folder) = sqlite().await;
    let mut scene = scene(world).await;
    let mut dice = Dice(0x5a4d_b0e6);
    for n in 0..1_500_i64 {
        let session = dice.one_of(&["s1", "s2", "s3"]);
        let name = dice.one_of(&["budi", "siti", "hantu", " BUDI "]);
        let status = dice.one_of(&[1, 2, 3, 3, 3, 7, 8, 15]);
        let secs = dice.roll(4_000) as u32;
        let octets = (dice.roll(1 << 30) as u64) << dice.roll(34);
        let valid = match dice.roll(3) {
            0 => scene.nas.login(Method::Pap, name, PASSWORD, None, true),
            _ => scene.nas.account(status, session, name, None, secs, octets),
        };
        let parsed = Packet::parse(&valid).unwrap();
        let code = parsed.code().unwrap();
        let mut attributes: Vec<(u8, Vec<u8>)> = parsed
            .attributes()
            .filter(|a| a.kind != kind::MESSAGE_AUTHENTICATOR)
            .map(|a| (a.kind, a.value.to_vec()))
            .collect();
        attributes.push((kind::CALLING_STATION_ID, dice.one_of(&STATIONS).to_vec()));
        for _ in 0..dice.roll(4) {
            match dice.roll(3) {
                0 => {
                    let at = dice.roll(attributes.len());
                    attributes[at].1 = dice.bytes();
                }
                1 => {
                    let any = (dice.roll(256) as u8, dice.bytes());
                    if any.0 != kind::MESSAGE_AUTHENTICATOR {
                        attributes.push(any);
                    }
                }
                _ => {
                    let at = dice.roll(attributes.len());
                    attributes.swap_remove(at);
                }
            }
            if attributes.is_empty() {
                break;
            }
        }
        let mut packet = scene.signed(code, n as u8, &attributes);
        if dice.roll(10) == 0 {
            let at = dice.roll(packet.len());
            packet[at] ^= 1 << dice.roll(8);
        }
        scene.send(&packet, n * 7).await;
    }
    assert!(scene.kept > 300, "{}", scene.kept);
    scene.settle(20_000).await;
    assert!(!scene.world.sessions(1).await.is_empty());
}
