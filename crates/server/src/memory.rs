//! How the program takes memory.

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

/// Other allocators need no help.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn settle() {}
