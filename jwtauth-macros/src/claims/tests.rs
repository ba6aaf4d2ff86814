//! Tests of the derive on the syntax of a type. `tests/ui` has those with the compiler.

mod names;
mod read_back;
mod shape;

use syn::DeriveInput;

use crate::errors::Errors;

fn faults(input: DeriveInput) -> Vec<String> {
    let mut errors = Errors::new();
    super::shape::check(&input, &mut errors);
    errors.messages()
}

#[track_caller]
fn accepted(input: DeriveInput) {
    assert_eq!(faults(input), [""; 0]);
}

/// Asserts that there is exactly one fault for each of these, in this order.
#[track_caller]
fn refused(input: DeriveInput, expected: &[&str]) {
    let faults = faults(input);
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{fault}");
    }
}
