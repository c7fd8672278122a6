//! How the program takes memory.

use std::time::Duration;

const GIVE_BACK_EVERY: Duration = Duration::from_secs(5);

/// glibc gives every thread an arena of its own and keeps what was freed in each: with a dozen threads
/// that more than doubled the program's size. Two arenas are enough, since answering RADIUS allocates
/// nothing. Called once, before any thread is started.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "two calls of mallopt(3), which has no safe form")]
pub fn settle() {
    // SAFETY: mallopt takes plain numbers, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 128 << 10);
    }
}

/// Gives what was freed back to the system: a load of all accounts or a billing run leaves holes that glibc
/// keeps for ever otherwise.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "one call of malloc_trim(3), which has no safe form")]
fn give_back() {
    // SAFETY: malloc_trim takes a plain number and may be called by any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators need no help.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn settle() {}
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}

/// Gives memory back every so often, as long as the program runs.
pub async fn keep_small() {
    let mut round = tokio::time::interval(GIVE_BACK_EVERY);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        round.tick().await;
        give_back();
    }
}
