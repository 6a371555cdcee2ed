//! Tells the tests which platform they were built for, as Cargo names it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(platform) = std::env::var_os("TARGET") {
        println!(
            "cargo::rustc-env=SQUALL_TESTS_PLATFORM={}",
            platform.display()
        );
    }
}
