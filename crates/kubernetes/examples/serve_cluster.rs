//! Serves a fake cluster until it is killed, for whoever takes a kubeconfig: `squall dev --kubeconfig`, and `cargo xtask
//! test-live`, which cannot tell it from a real one.
//!
//!     cargo run -p squall-kubernetes --example serve_cluster -- KUBECONFIG
//!
//! Pods run at once, and what their commands do, or those that are run in them, is done by processes of this machine: a
//! token that is only in the kubeconfig keeps others out. (`kubectl` shows a token to servers with TLS only, so it is out too.)

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::path::Path;

use squall_kubernetes::fake::{Exec, Executed, FakeCluster, Settings};

#[path = "../tests/live/containers.rs"]
mod containers;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let file = std::env::args()
        .nth(1)
        .ok_or("the name of the kubeconfig is missing")?;
    let random = || RandomState::new().build_hasher().finish();
    let settings = Settings {
        token: Some(format!("{:016x}{:016x}", random(), random())),
        controllers: true,
        ..Settings::default()
    };
    let fake = FakeCluster::start(settings).await?;
    fake.on_exec(carry_out);
    fake.kubeconfig(Path::new(&file))?;
    writeln!(std::io::stdout(), "serving {}", fake.address())?;
    std::future::pending().await
}

/// The pods of `squall demo` have an image of their own, which is not on this machine.
fn carry_out(exec: Exec) -> Executed {
    match exec.command.first().map(String::as_str) {
        Some("wget") => Executed::printed(*b"\x1f\x8b of the fake cluster"),
        Some(flag) if flag.starts_with("--") => Executed {
            hangs: true,
            ..Executed::default()
        },
        _ => containers::carry_out(exec),
    }
}
