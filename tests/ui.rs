//! What the macros say to mistakes, and that they accept everything else.

use std::env;
use std::process::Command;

/// The compiler whose words the `.stderr` files have; those of others differ.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn ui() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("the compiler says what it is").stdout;
    let version = String::from_utf8_lossy(&version);
    let cases = trybuild::TestCases::new();
    cases.pass("ui/*/pass/*.rs");
    if version.starts_with(COMPILER) {
        cases.compile_fail("ui/*/fail/*.rs");
    } else {
        assert!(env::var_os("CI").is_none(), "the texts are those of {COMPILER}, this is {version}");
        eprintln!("skipped: what the macros say to mistakes: the texts are those of {COMPILER}, this is {version}");
    }
}
