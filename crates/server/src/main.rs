//! `sambung`.

fn main() -> std::process::ExitCode {
    server::memory::settle();
    server::commands::run()
}
