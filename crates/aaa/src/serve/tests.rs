//! The whole service over real sockets, asked by FreeRADIUS's `radclient`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use kernel::Ts;
use kernel::clock::SystemClock;
use network::{Desired, MacPolicy, SessionState};

use super::*;
use crate::kit::world::{World, isolated, sqlite};
use crate::kit::{PASSWORD, SECRET};

fn now() -> Ts {
    SystemClock.now()
}

async fn serve(world: &World, folder: &Path) -> Running {
    let mut config = Config::on([127, 0, 0, 1].into(), folder.to_owned());
    (config.auth, config.acct) = (([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], 0).into());
    start(config, world.db.clone(), Arc::new(SystemClock)).await.unwrap()
}

/// Runs `radclient`; answers its output and whether it was content.
async fn radclient(to: SocketAddr, command: &str, request: &str) -> (String, bool) {
    let command = command.to_owned();
    let request = request.to_owned();
    let run = move || {
        let mut child = Command::new("radclient")
            .args(["-x", "-r", "3", "-t", "3", &to.to_string(), &command, SECRET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("radclient of the Debian package freeradius-utils");
        child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&done.stdout).into_owned()
            + &String::from_utf8_lossy(&done.stderr);
        (text, done.status.success())
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn login(proof: &str) -> String {
    format!(
        "User-Name = \"budi\"\n{proof}\nCalling-Station-Id = \"4A:5E:0C:00:00:01\"\n\
         NAS-Identifier = \"bras-1\"\nMessage-Authenticator = 0x00\n"
    )
}

fn pap() -> String {
    login(&format!("User-Password = \"{PASSWORD}\""))
}

fn accounting(status: &str, secs: u32, octets: u64) -> String {
    format!(
        "Acct-Status-Type = {status}\nAcct-Session-Id = \"81000001\"\nUser-Name = \"budi\"\n\
         Calling-Station-Id = \"4A:5E:0C:00:00:01\"\nFramed-IP-Address = 10.64.0.9\n\
         Acct-Session-Time = {secs}\nAcct-Input-Octets = {}\nAcct-Input-Gigawords = {}\n",
        octets & 0xffff_ffff,
        octets >> 32
    )
}

/// Waits for a condition; the test's own time limit is the end of patience.
async fn until<F>(mut condition: F)
where
    F: AsyncFnMut() -> bool,
{
    while !condition().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn radclient_sees_a_customer_accepted_isolated_and_accepted_again() {
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    let running = serve(&world, folder.path()).await;
    for proof in ["User-Password", "CHAP-Password", "MS-CHAP-Password"] {
        let right = login(&format!("{proof} = \"{PASSWORD}\""));
        let (said, content) = radclient(running.auth, "auth", &right).await;
        assert!(content && said.contains("Access-Accept"), "{said}");
        assert!(said.contains("Mikrotik-Rate-Limit = \"20M/20M\""), "{said}");
        let wrong = login(&format!("{proof} = \"bukan\""));
        let (said, content) = radclient(running.auth, "auth", &wrong).await;
        assert!(!content && said.contains("Access-Reject"), "{said}");
    }
    world.intend(1, isolated(), now()).await;
    until(async || {
        let (said, content) = radclient(running.auth, "auth", &pap()).await;
        assert!(content, "an isolated customer is accepted: {said}");
        said.contains("Mikrotik-Address-List = \"isolir\"") && said.contains("64k/64k")
    })
    .await;
    world.intend(1, Desired::Full { profile: world.plan }, now()).await;
    until(async || radclient(running.auth, "auth", &pap()).await.0.contains("20M/20M")).await;

    let (said, content) = radclient(running.auth, "status", "Message-Authenticator = 0x00\n").await;
    assert!(content, "{said}");
    let (said, content) = radclient(running.acct, "status", "Message-Authenticator = 0x00\n").await;
    assert!(content, "{said}");
    running.stop().await;
}

#[tokio::test]
async fn accounting_becomes_a_session_and_outlives_a_restart() {
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    let running = serve(&world, folder.path()).await;
    for (status, secs, octets) in [("Start", 0, 0), ("Interim-Update", 300, 7_000_000_000)] {
        let (said, content) =
            radclient(running.acct, "acct", &accounting(status, secs, octets)).await;
        assert!(content, "{said}");
    }
    until(async || world.sessions(1).await.first().is_some_and(|s| s.bytes_in == 7_000_000_000))
        .await;
    assert!(running.spool.commits() >= 1);
    running.stop().await;

    let running = serve(&world, folder.path()).await;
    let other = pap().replace("00:01", "00:02");
    let (said, content) = radclient(running.auth, "auth", &other).await;
    assert!(!content && said.contains("sesi aktif"), "the session is known: {said}");
    let (said, content) =
        radclient(running.acct, "acct", &accounting("Stop", 320, 7_000_000_001)).await;
    assert!(content, "{said}");
    let (said, content) = radclient(running.auth, "auth", &other).await;
    assert!(content, "{said}");
    until(async || world.sessions(1).await[0].state == SessionState::Closed).await;
    running.stop().await;
}

#[tokio::test]
async fn it_goes_on_when_the_database_is_gone_and_nothing_answered_is_lost() {
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    let running = serve(&world, folder.path()).await;
    world
        .db
        .set_faults(Some(Arc::new(|_, _| Some(Fault::unavailable("test.gone", "hilang", "gone")))));
    let (said, content) = radclient(running.auth, "auth", &pap()).await;
    assert!(content && said.contains("20M/20M"), "{said}");
    let (said, content) = radclient(running.acct, "acct", &accounting("Start", 0, 0)).await;
    assert!(content, "{said}");
    let (said, _) = radclient(running.auth, "auth", &pap().replace("budi", "hantu")).await;
    assert!(said.contains("Access-Reject"), "{said}");
    assert_eq!(running.spool.backlog().await.unwrap().0, 1);
    running.stop().await;

    world.db.set_faults(None);
    let running = serve(&world, folder.path()).await;
    let slot = running.engine.directory().find(b"budi").unwrap();
    assert_eq!(slot.sessions().len(), 1, "known before the first packet is answered");
    until(async || world.sessions(1).await.len() == 1).await;
    running.stop().await;
}

#[tokio::test]
async fn it_fills_when_the_database_comes_back_after_the_start() {
    // A database without our tables can't be read, like one that is away.
    let (db, folder) = store::testing::sqlite(&[]).await;
    let mut config = Config::on([127, 0, 0, 1].into(), folder.path().to_owned());
    (config.auth, config.acct) = (([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], 0).into());
    let running = start(config, db.clone(), Arc::new(SystemClock)).await.unwrap();
    assert_eq!(running.engine.directory().accounts(), 0);
    store::migrate(&db, now(), &[&catalog::MIGRATIONS, &network::MIGRATIONS]).await.unwrap();
    let world = World::on(db).await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    until(async || running.engine.directory().accounts() == 1).await;
    let (said, content) = radclient(running.auth, "auth", &pap()).await;
    assert!(content, "{said}");
    running.stop().await;
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let (world, folder) = sqlite().await;
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut config = Config::on([127, 0, 0, 1].into(), folder.path().to_owned());
    config.auth = taken.local_addr().unwrap();
    config.acct = ([127, 0, 0, 1], 0).into();
    let Err(fault) = start(config, world.db.clone(), Arc::new(SystemClock)).await else {
        panic!("two on one address")
    };
    assert_eq!(fault.code, "aaa.cannot_bind");
    assert!(fault.en.contains(&taken.local_addr().unwrap().to_string()));
}

/// The environment variable that turns the test below into the process that is killed.
const CHILD: &str = "SAMBUNG_AAA_KILL_TEST";

fn open_again(folder: &Path) -> store::Options {
    store::Options::new(format!("sqlite:{}", folder.join("test.db").display()))
}

/// The service in a process of its own, until it is killed.
async fn serve_until_killed(folder: &Path) {
    let db = Db::open(&open_again(folder)).await.unwrap();
    db.with_ext(Arc::new(network::Sealer::new(1, [7; 32])));
    let mut config = Config::on([127, 0, 0, 1].into(), folder.to_owned());
    (config.auth, config.acct) = (([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], 0).into());
    let running = start(config, db, Arc::new(SystemClock)).await.unwrap();
    println!("\nLISTENING {}", running.acct);
    std::future::pending::<()>().await;
}

/// Sends starts of sessions `s0`, `s1` … with up to 64 under way; answers those that were answered.
struct Reporter {
    nas: crate::kit::Asker,
    socket: std::net::UdpSocket,
    waiting: std::collections::BTreeMap<u8, (usize, Vec<u8>)>,
    answered: Vec<usize>,
    sent: usize,
}

impl Reporter {
    fn new(to: SocketAddr) -> Self {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let nas = crate::kit::Asker::new();
        Self { nas, socket, waiting: Default::default(), answered: Vec::new(), sent: 0 }
    }
    fn send(&mut self) {
        let session = format!("s{}", self.sent);
        let packet = self.nas.account(1, &session, "budi", None, 0, 0);
        self.socket.send(&packet).unwrap();
        self.waiting.insert(packet[1], (self.sent, packet));
        self.sent += 1;
    }
    /// Takes one reply; `false` when none came.
    fn receive(&mut self) -> bool {
        let mut room = [0; 4096];
        let Ok(length) = self.socket.recv(&mut room) else { return false };
        let (n, request) = self.waiting.remove(&room[1]).expect("a reply to an open request");
        self.nas.read(&request, &room[..length]);
        self.answered.push(n);
        true
    }
}

/// A process that does not outlive the test, whatever becomes of it. `kill` is SIGKILL.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn every_answered_packet_survives_kill_9() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return serve_until_killed(Path::new(&folder)).await;
    }
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    world.db.close().await;
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "serve::tests::every_answered_packet_survives_kill_9", "--nocapture"])
        .env(CHILD, folder.path())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = Killed(child.unwrap());
    let out = std::io::BufReader::new(child.0.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(out).map_while(std::result::Result::ok);
    let address = lines.find_map(|l| l.strip_prefix("LISTENING ")?.parse().ok()).unwrap();
    let mut reporter = Reporter::new(address);
    while reporter.answered.len() < 1_000 {
        while reporter.waiting.len() < 64 {
            reporter.send();
        }
        assert!(reporter.receive(), "{} answered", reporter.answered.len());
    }
    drop(child);
    while reporter.receive() {}
    assert!(reporter.sent > reporter.answered.len(), "killed in the middle of the work");

    let db = Db::open(&open_again(folder.path())).await.unwrap();
    let spool = Spool::open(&folder.path().join("spool.db"), now()).await.unwrap();
    while apply::apply(&db, &spool, now(), apply::BATCH).await.unwrap().groups > 0 {}
    let subscription = crate::kit::world::subscription(1);
    let kept: std::collections::HashSet<String> =
        network::session::of_subscription(&mut db.reader(), subscription, 10_000)
            .await
            .unwrap()
            .into_iter()
            .map(|session| session.acct_session_id)
            .collect();
    for n in &reporter.answered {
        assert!(kept.contains(&format!("s{n}")), "session s{n} was answered and is lost");
    }
}

/// A clock that makes whoever reads it fall, as often as it is told to, in threads of that name.
#[derive(Default)]
struct Treacherous {
    falls: std::sync::atomic::AtomicUsize,
    only: std::sync::Mutex<&'static str>,
}

impl Treacherous {
    fn arm(&self, only: &'static str, falls: usize) {
        *self.only.lock().unwrap() = only;
        self.falls.store(falls, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for Treacherous {
    fn now(&self) -> Ts {
        use std::sync::atomic::Ordering::SeqCst;
        let here = std::thread::current();
        let named = here.name().unwrap_or_default();
        let only = *self.only.lock().unwrap();
        let meant = if only.is_empty() { !named.starts_with("radius") } else { named == only };
        if meant && self.falls.fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1)).is_ok() {
            panic!("the clock struck thirteen");
        }
        SystemClock.now()
    }
}

async fn serve_by(clock: &Arc<Treacherous>, world: &World, folder: &Path) -> Running {
    let mut config = Config::on([127, 0, 0, 1].into(), folder.to_owned());
    (config.auth, config.acct) = (([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], 0).into());
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    start(config, world.db.clone(), clock).await.unwrap()
}

#[tokio::test]
async fn a_thread_that_falls_answers_again_and_accounting_goes_on_after_a_task_fell() {
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    let clock = Arc::<Treacherous>::default();
    let running = serve_by(&clock, &world, folder.path()).await;
    for thread in ["radius-auth", "radius-acct"] {
        clock.arm(thread, 1);
        // The packet in hand is lost; `radclient` sends it again.
        let (said, content) = match thread {
            "radius-auth" => radclient(running.auth, "auth", &pap()).await,
            _ => radclient(running.acct, "acct", &accounting("Start", 0, 0)).await,
        };
        assert!(content, "{thread}: {said}");
        assert_eq!(running.pulse.last_fall().map(|fall| fall.part), Some(thread));
    }
    // Each task asks the time within a second: some of them fall, and all are there again.
    let before = running.pulse.restarts();
    clock.arm("", 3);
    until(async || running.pulse.restarts() >= before + 3).await;
    let (said, content) =
        radclient(running.acct, "acct", &accounting("Interim-Update", 60, 9)).await;
    assert!(content, "{said}");
    world.intend(1, isolated(), now()).await;
    until(async || radclient(running.auth, "auth", &pap()).await.0.contains("isolir")).await;
    assert_eq!(running.pulse.given_up(), None);
    running.stop().await;
}

#[tokio::test]
async fn a_part_that_keeps_falling_is_given_up_and_said_so() {
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    let clock = Arc::<Treacherous>::default();
    let running = serve_by(&clock, &world, folder.path()).await;
    clock.arm("radius-auth", usize::MAX);
    // Whatever arrives makes it ask the time.
    let knocker = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    until(async || {
        knocker.send_to(b"anybody there?", running.auth).unwrap();
        running.pulse.given_up().is_some()
    })
    .await;
    assert_eq!(running.pulse.until_given_up().await, "radius-auth");
    let (_, content) = radclient(running.acct, "acct", &accounting("Start", 0, 0)).await;
    assert!(content, "the other port still takes accounting until the program ends");
    running.stop().await;
}

#[tokio::test]
async fn each_routers_packets_are_counted_and_a_wrong_secret_shows() {
    use store::{QueryExt, args};
    let (world, folder) = sqlite().await;
    world.subscriber(1, "budi", MacPolicy::Off, now()).await;
    let running = serve(&world, folder.path()).await;
    assert!(radclient(running.auth, "auth", &pap()).await.1);
    let wrong = login("User-Password = \"bukan\"");
    assert!(!radclient(running.auth, "auth", &wrong).await.1);
    assert!(radclient(running.acct, "acct", &accounting("Start", 0, 0)).await.1);
    // Signed with another secret: silence.
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut packet = [0_u8; 38];
    packet[..4].copy_from_slice(&[4, 9, 0, 38]);
    packet[20..22].copy_from_slice(&[40, 6]);
    packet[26..28].copy_from_slice(&[44, 12]);
    stranger.send_to(&packet, running.acct).unwrap();
    until(async || {
        let nas = running.engine.directory().nas();
        nas.all().any(|nas| nas.state.unproven.load(std::sync::atomic::Ordering::Relaxed) > 0)
    })
    .await;
    running.stop().await;
    let mut q = world.db.reader();
    let row: (i64, i64, i64, i64, Option<String>) = q
        .row(
            "select accepted, rejected, accounted, unproven, source from network_nas_tally",
            args![],
        )
        .await
        .unwrap();
    assert_eq!(row, (1, 1, 1, 1, Some("127.0.0.1".to_owned())));
    let status: serde_json::Value =
        q.value("select status from store_task where name = 'radius'", args![]).await.unwrap();
    assert_eq!((&status["set_aside"], &status["accepted"]), (&0.into(), &1.into()));
}
