//! What the macros say to mistakes, and that they accept everything else. The texts are those of the
//! compiler that `.ci/run` names.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/*/pass/*.rs");
    cases.compile_fail("ui/*/fail/*.rs");
}
