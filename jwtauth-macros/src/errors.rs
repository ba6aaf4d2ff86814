use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes in one use of a macro. All of them must be reported. Dropping them unreported is a bug and panics.
pub(crate) struct Errors {
    found: Vec<syn::Error>,
    silent: bool,
    read: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Errors { found: Vec::new(), silent: false, read: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds a mistake that spans the tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.found.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a mistake at the span.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.found.push(syn::Error::new(span, message));
    }

    /// Marks a mistake that the compiler reports itself, in code that is emitted anyway.
    pub(crate) fn left_to_the_compiler(&mut self) {
        self.silent = true;
    }

    /// Returns the value if there were no mistakes, and otherwise the tokens that report them.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, TokenStream> {
        self.read = true;
        match value {
            Some(value) if self.found.is_empty() && !self.silent => Ok(value),
            _ => Err(self.found.drain(..).map(syn::Error::into_compile_error).collect()),
        }
    }

    #[cfg(test)]
    pub(crate) fn messages(mut self) -> Vec<String> {
        self.read = true;
        self.found.iter().map(|error| error.to_string()).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !self.read && !std::thread::panicking() {
            panic!("the errors of a macro were dropped unread");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_report_every_mistake() {
        let mut errors = Errors::new();
        errors.at_span(Span::call_site(), "first");
        errors.at(quote::quote!(tokens), "second");
        let report = errors.finish(Some(())).unwrap_err().to_string();
        assert!(report.contains("first") && report.contains("second"), "{report}");
    }

    #[test]
    fn errors_give_the_value_back_if_none_was_found() {
        assert_eq!(Errors::new().finish(Some(7)).unwrap(), 7);
    }

    #[test]
    fn errors_left_to_the_compiler_are_a_failure() {
        let mut errors = Errors::new();
        errors.left_to_the_compiler();
        assert!(errors.finish(Some(())).unwrap_err().is_empty());
    }

    #[test]
    #[should_panic(expected = "dropped unread")]
    fn errors_panic_if_dropped_unread() {
        Errors::new().at_span(Span::call_site(), "lost");
    }
}
